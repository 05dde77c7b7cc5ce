import { messageOf } from '../core/base/errors/errors.ts';
import { type Bench, type BenchOptions, type BenchRow } from './bench.ts';
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    pipelines: { type: 'string' },
    seconds: { type: 'string' },
    seeds: { type: 'string' },
    trials: { type: 'string' },
    only: { type: 'string' },
    into: { type: 'string' },
  },
});
const [name] = positionals;

async function main(): Promise<void> {
  const file = new URL(`${name ?? ''}.ts`, import.meta.url);
  if (name === undefined || !/^[a-z-]+$/.test(name) || ['main', 'bench'].includes(name) || !existsSync(file))
    throw new Error(`There is no benchmark "${name ?? ''}". Name a file of bench/, like: npm run bench -- serving`);
  const { bench } = (await import(file.href)) as { bench: Bench };
  if (!bench) throw new Error(`bench/${name}.ts is no benchmark of its own.`);
  process.stderr.write(`${bench.summary}\n`);
  const options = {
    ...whole('pipelines'),
    ...whole('seconds'),
    ...whole('seeds'),
    ...whole('trials'),
    ...(values.only !== undefined && { only: values.only }),
    ...(values.into !== undefined && { into: values.into }),
  };
  const rows = await bench.run((line) => process.stderr.write(`  ${line}\n`), options);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  console.log(values.json ? JSON.stringify({ bench: name, machine, rows }) : `${machine}\n\n${table(rows)}`);
}

function whole(option: 'pipelines' | 'seconds' | 'seeds' | 'trials'): BenchOptions {
  const text = values[option];
  if (text === undefined) return {};
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${option} is "${text}". Write a whole number, like 20.`);
  return { [option]: Number(text) };
}

/** Plain columns, as wide as they must be. */
function table(rows: readonly BenchRow[]): string {
  const lines = [
    ['case', 'ours', 'peer', 'unit', 'ratio', 'peer is'],
    ...rows.map((row) => [
      row.case,
      number(row.ours),
      row.peer === null ? '-' : number(row.peer),
      row.unit,
      row.ratio === null ? '-' : `${row.ratio.toFixed(1)} x`,
      row.peerName ?? 'nobody',
    ]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 1 ? 4 : value < 10 ? 2 : value < 100 ? 1 : 0 });

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  },
);
