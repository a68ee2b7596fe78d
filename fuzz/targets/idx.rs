#![no_main]

batchprop_fuzz::target!("idx");
