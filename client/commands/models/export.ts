import { versionName } from '../../../core/base/ids.ts';
import type { ExportedFile, ExportFormat } from '../../../core/exports/exported.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { writeOut } from '../../written.ts';
import { Option } from 'commander';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What each format is for, and what is told about its inputs. */
const formats: Record<ExportFormat, string> = {
  tfjs: 'takes encoded inputs; model.json says how to encode',
  onnx: 'takes raw columns',
  json: 'takes encoded inputs, and says how to encode',
};

export const exportTo = command<{ as: ExportFormat; out: string }>({
  arguments: '<pipeline> [version]',
  summary: 'Write a version, by default the champion, for other programs',
  example: 'fraud --as onnx --out fraud.onnx',
  options: [
    new Option('--as <format>', 'tfjs (layers, in a folder), onnx or json').choices(Object.keys(formats)).makeOptionMandatory(),
    new Option('--out <path>', 'the file, or the folder for it').makeOptionMandatory(),
  ], // prettier-ignore
  async run([pipeline = '', text], { as: format, out }, { operations, result }) {
    const wanted = text === undefined ? undefined : await versionIn(text, pipeline, operations.models);
    const { version, files } = await operations.models.export({ pipeline, version: wanted, format });
    const written = await write(files, out);
    result(
      { pipeline, version, format, files: written },
      `Wrote ${versionName(version)} of ${pipeline} as ${written.join(' and ')} (${formats[format]}). ` +
        'How to use it: docs/models-elsewhere.md',
    );
  },
});

/** One file becomes `out` itself, unless a folder is there; several become a folder. */
async function write(files: ExportedFile[], out: string): Promise<string[]> {
  const intoFolder = files.length > 1 || out.endsWith('/') || (await isFolder(out));
  const written: string[] = [];
  for (const { name, bytes } of files) {
    const path = intoFolder ? join(out, name) : out;
    await writeOut(path, bytes);
    written.push(path);
  }
  return written;
}

const isFolder = (path: string): Promise<boolean> => stat(path).then((found) => found.isDirectory(), () => false); // prettier-ignore
