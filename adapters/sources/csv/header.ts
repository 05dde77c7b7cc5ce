import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { errorCode } from '../../objects/hash-file.ts';
import { open } from 'node:fs/promises';

export interface Header {
  columns: string[];
  delimiter: string;
}

const MOST_BYTES = 64 * 1024;
const delimiters = [',', ';', '\t', '|'];

/** The columns in a CSV file's first line, and its delimiter. Throws SOURCE_FILE_MISSING. */
export async function readHeader(path: string): Promise<Header> {
  const line = firstLine(await beginning(path));
  if (line.trim() === '')
    throw new UserError(
      'SOURCE_COLUMN_MISSING',
      `The first line of ${path} does not name its columns. Write one, like "id,measured_at,amount".`,
    );
  // The one that gives the most columns: a file with semicolons has fewer commas.
  const [best] = delimiters
    .map((delimiter) => ({ delimiter, columns: fields(line, delimiter) }))
    .sort((a, b) => b.columns.length - a.columns.length);
  return best!;
}

async function beginning(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
    } finally {
      await file.close();
    }
  } catch (error) {
    const said = errorCode(error) === 'ENOENT' ? 'There is no' : `Cannot read (${messageOf(error)}) the`;
    throw new UserError(
      'SOURCE_FILE_MISSING',
      `${said} file ${path}. A declaration names its file relative to itself, and the file must be at this path ` +
        'where the data worker runs.',
      { cause: error },
    );
  }
}

/** Up to the first line end outside quotes. */
function firstLine(text: string): string {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && (text[i] === '\n' || text[i] === '\r')) return text.slice(0, i);
  }
  return text;
}

/** fields('id,"a ""b"", c"', ',') // => ['id', 'a "b", c'] */
function fields(line: string, delimiter: string): string[] {
  const found = [''];
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    if (letter === delimiter && !quoted) found.push('');
    else found[found.length - 1] += letter;
  }
  return found.map((field) =>
    field
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('""', '"'),
  );
}
