// What a network's training computes, over Float32 matrices in the memory that ../engine.ts lays out. Matrices are
// row-major. Their rows are padded with zeros to whole fours, which is what `inner` and `columns` count, and so is the
// number of rows. Each sum is taken in one order and no product is fused with a sum: all machines get the same bits.

export { multiply, multiplyTransposed, transpose } from './products';
export { clear, repeat, addRows, gather, gatherPieces } from './rows';
export { spread, collect } from './members';
export { addLevels, addToLevels } from './levels';
export { relu, drop, passBack } from './units';
export { losses, classLosses } from './losses';
export { addScaled, adam } from './steps';
