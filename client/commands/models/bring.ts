import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { MOST_BYTES } from '../../../core/brought/onnx-file.ts';
import { command } from '../../command.ts';
import { Option } from 'commander';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';

export const bring = command<{ columns?: string; reason: string }>({
  arguments: '<pipeline> <file>',
  summary: 'Have an ONNX model from elsewhere judged as a new version',
  example: 'fraud model.onnx --columns amount,account_age_days',
  options: [
    new Option('--columns <names>', 'the columns of a file that takes all as one input, in their order'),
    new Option('--reason <words>', 'reason, kept with the request').default('brought by hand'),
  ],
  async run([pipeline = '', path = ''], { columns, reason }, { operations, result }) {
    const [bytes, file] = [await read(path), basename(path)];
    const request = await operations.models.bring({ pipeline, file, bytes, named: columns?.split(','), reason });
    result(
      request,
      `${file} is read, and will be judged as a new version. Watch it with: perennial status ${pipeline}`,
    );
  },
});

async function read(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).size <= MOST_BYTES) return await readFile(path);
  } catch (error) {
    throw new UserError('REQUEST_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  throw new UserError(
    'MODEL_FILE_INVALID',
    `${path} has more than ${MOST_BYTES / 2 ** 20} MB, so it is no model of columns.`,
  );
}
