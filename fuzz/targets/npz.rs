#![no_main]

batchprop_fuzz::target!("npz");
