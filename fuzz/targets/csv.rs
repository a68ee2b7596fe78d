#![no_main]

batchprop_fuzz::target!("csv");
