// What a loop imports from the module of the allocator under test.

export declare function malloc(size: u32): usize;
export declare function calloc(count: u32, size: u32): usize;
export declare function realloc(address: usize, size: u32): usize;
export declare function free(address: usize): void;
export declare function freeStatus(address: usize): u32;
