import { type Context } from 'mocha';

/** Skips a test, or all tests of the hook's suite, and says aloud what is not tested for that, and what would help. */
export function skip(test: Context, untested: string, remedy: string): never {
  process.stderr.write(`SKIPPED: ${untested}. ${remedy}\n`);
  return test.skip();
}
