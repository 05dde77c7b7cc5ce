import { makeFolder } from '../bench.ts';
import { createRandom } from '../../core/base/random.ts';
import { findPython } from '../../local/toolchain/tools/python.ts';
import type { BenchRow } from '../bench.ts';
import { driftedColumns } from './peer.ts';
import { columns, createStream, type HourRows } from './stream.ts';
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHECKS_OF_EACH = 5;
const script = fileURLToPath(new URL('checks.py', import.meta.url));

/** Runs real Evidently on some checks, and counts the columns on which our reading of its rules says the same. */
export async function agreement(report: (line: string) => void): Promise<BenchRow> {
  const python = join((await findPython('bench-drift', { report })).folder, 'python');
  const folder = makeFolder();
  try {
    const ours: string[][] = [];
    for (const perDay of [100, 500, 2_000, 20_000]) {
      const stream = createStream({ seed: 77, perDay, hours: 60 * 24, wanders: true });
      const reference = Array.from({ length: 168 }, (_, hour) => stream.rowsAt(hour));
      const random = createRandom(perDay);
      for (let check = 0; check < CHECKS_OF_EACH; check++) {
        const from = 168 + random.integer(50 * 24);
        const change = check % 2 === 0 ? undefined : { name: 'moved', added: { plain: 0.12, weekly: 0.3 } };
        const window = Array.from({ length: 24 }, (_, hour) => stream.rowsAt(from + hour, change, from));
        writeRows(join(folder, `reference-${ours.length}.csv`), reference);
        writeRows(join(folder, `current-${ours.length}.csv`), window);
        ours.push(driftedColumns(reference, window));
      }
    }
    const names = (kind: string): string => columns.filter((column) => column.kind === kind).map(({ name }) => name).join(' '); // prettier-ignore
    const args = [script, folder, String(ours.length), names('number'), names('category')];
    const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 2 ** 26 });
    const theirs = JSON.parse(stdout) as string[][];
    const same = ours.flatMap((mine, i) =>
      columns.filter(({ name }) => mine.includes(name) === theirs[i]!.includes(name)),
    );
    const all = ours.length * columns.length;
    report(`${same.length} of ${all} columns are judged as Evidently judges them`);
    return {
      case: `columns of ${ours.length} checks that our reading of Evidently's rules judges as it does`,
      ours: same.length,
      peer: all,
      peerName: 'Evidently',
      unit: 'columns',
      ratio: null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeRows(file: string, hours: readonly HourRows[]): void {
  const lines = hours.flatMap((rows) =>
    Array.from(rows[0]!, (_, i) => columns.map((_, c) => (Number.isNaN(rows[c]![i]!) ? '' : rows[c]![i]!)).join(',')),
  );
  writeFileSync(file, `${columns.map(({ name }) => name).join(',')}\n${lines.join('\n')}\n`);
}
