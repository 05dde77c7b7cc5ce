import { readDeclarations } from '../../../adapters/declarations/declarations.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';

/** `read-at-once.ts FILE ...`: reads all of them at the same time, and prints what each declares, or why it cannot be read. */
const read = (file: string): Promise<unknown> =>
  readDeclarations([file], []).then(([declared]) => declared?.input, messageOf);
process.stdout.write(JSON.stringify(await Promise.all(process.argv.slice(2).map(read))));
