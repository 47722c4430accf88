// What a loop over objects imports from the core.

export declare function defineType(refs: u32, bytes: u32, flags: u32, name: usize, nameBytes: u32): u32;
export declare function newObject(type: u32): usize;
export declare function newObjects(type: u32, count: u32, out: usize): u32;
export declare function incref(word: u32): u32;
export declare function decref(word: u32): u32;
export declare function setRef(object: usize, index: u32, word: u32): u32;
