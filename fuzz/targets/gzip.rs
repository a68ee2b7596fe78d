#![no_main]

batchprop_fuzz::target!("gzip");
