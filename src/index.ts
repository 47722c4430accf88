// What the package exports.

export type { BlockAddress, ObjectAddress, Word } from "./address.js";
export type { Allocator } from "./allocator.js";
export { TypedArrayHandle } from "./array.js";
export type { ArrayItem, ArrayKind, ArrayView } from "./arraykinds.js";
export { Bytes } from "./bytes.js";
export type { CollectionCallback, CollectionInfo, Generation } from "./collector.js";
export type { Converted, Convertible } from "./convertible.js";
export type { Core } from "./core.js";
export type { Factory } from "./defaultdict.js";
export { Deque, type DequeOptions } from "./deque.js";
export { type ConsoleElement, type DevtoolsFormatter, devtoolsFormatter } from "./devtoolsformatter.js";
export { Dict, type DictEntries } from "./dict.js";
export {
  AddressError,
  CorruptionError,
  type CorruptionRule,
  type ErrorCode,
  HandleError,
  HeapError,
  ImageError,
  MemoryError,
} from "./errors.js";
export { printCollections } from "./events/collectionlines.js";
export type {
  CollectionEvent,
  GrowthEvent,
  HeapEvent,
  HeapEvents,
  HeapListener,
  Trigger,
} from "./events/heapevents.js";
export { type MeasureOptions, measureHeap } from "./events/measures.js";
export type { MemoryInUse } from "./events/memoryinuse.js";
export type { EventSource, Listening } from "./events/recording.js";
export {
  recordTraceEvents,
  type TraceEvent,
  type TraceEventFile,
  type TraceEventOptions,
  type TraceEventRecorder,
} from "./events/traceevents.js";
export type { Finalizer } from "./finalize.js";
export type { Frame } from "./frames.js";
export type { GC } from "./gc.js";
export type { GenerationStats } from "./gcstats.js";
export type { PathStep, RootPath } from "./graph/path.js";
export type { RootGroup } from "./graph/roots.js";
export type { Handle } from "./handle.js";
export { Heap } from "./heap.js";
export type { RestoreOptions } from "./images/restore.js";
export type { ArenaMap, HeapMap, LargeMap, PoolMap, TypeMap } from "./inspect.js";
export type {
  GrownContainers,
  KeptObjects,
  LeakData,
  LeakExample,
  LeakedArena,
  LeakedAt,
  LeakedBlocks,
  LeakedHandles,
  LeakedReferences,
  LeakFrame,
  LeakOption,
  LeakReport,
  LooseDomain,
} from "./leaks/leakreport.js";
export { List } from "./list.js";
export type { Storable, Value } from "./objects.js";
export type { GCOptions, HeapOptions, Thresholds, WasmSource } from "./options.js";
export type { Arena, ArenaStats } from "./pyarena.js";
export type { Scope } from "./scope.js";
export { FrozenSet, HeapSet } from "./set.js";
export type { MallocStats, MemoryUsage } from "./stats.js";
export { Str } from "./str.js";
export type {
  AnyStructType,
  Cursor,
  FieldInput,
  Fields,
  FieldsOf,
  FieldType,
  FieldValue,
  Instance,
  ReservedName,
  Scalar,
  StructOptions,
  StructType,
} from "./structtype.js";
export type { Sys } from "./sys.js";
export type { WatchedWorker } from "./threads/endings.js";
export type { GIL } from "./threads/gil.js";
export type { AttachOptions, HeapShare } from "./threads/sharing.js";
export type { SnapshotJson } from "./tracing/snapshotjson.js";
export type { Traceback, TracebackFormat, TraceFrame } from "./tracing/traceback.js";
export type { TraceFilter } from "./tracing/tracefilter.js";
export type { TracedMemory, Tracemalloc } from "./tracing/tracemalloc.js";
export type { Trace, TraceSnapshot } from "./tracing/tracesnapshot.js";
export type { Statistic, StatisticDiff, TraceKey } from "./tracing/tracestatistics.js";
export { Tuple } from "./tuple.js";
export type { UnraisableEvent } from "./unraisable.js";
export type { WeakKeyDictionary } from "./weakkeys.js";
export type { WeakrefModule } from "./weakref.js";
export { type WeakCallback, WeakReference } from "./weakreference.js";
export type { HeapWeakSet } from "./weakset.js";
export type { WeakMapLike, WeakValueDictionary } from "./weakvalues.js";
export { integerOf, integerWord, isAddress, isInteger } from "./word.js";
