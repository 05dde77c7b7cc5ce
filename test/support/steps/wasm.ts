/** A training on the backend that is everywhere. */
export const onWasm = { tensorflow: { wanted: 'wasm' }, environment: process.env };
