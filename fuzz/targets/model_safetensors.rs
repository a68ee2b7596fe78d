#![no_main]

batchprop_fuzz::target!("model_safetensors");
