// AssemblyScript's number types, for the files of assembly/ that the host reads too.
type i32 = number;
type u32 = number;
type usize = number;
