#![allow(dead_code)] // each test uses a part

pub mod golden;
