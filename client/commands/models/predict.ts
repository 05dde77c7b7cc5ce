import type { Row } from '../../../core/data/data.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';
import { Option } from 'commander';
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';

/** The server takes no more in one request. */
const AT_ONCE = 1_000;

/** What the server says of one row; without a threshold where a score is a number rather than a probability. */
interface Answer {
  id: string;
  score: number;
  low?: number;
  high?: number;
  decision?: boolean | null;
  label?: string;
  threshold?: number | null;
  version: number;
  reasons?: { field: string; value: unknown; effect: number }[];
  typicalScore?: number;
}

export const predict = command<{ file?: string; server?: string; reasons?: number }>({
  arguments: '<pipeline> [row]',
  summary: 'Score a row or a file of rows on the prediction server',
  example: `fraud --file rows.json`,
  options: [
    new Option('--file <path>', 'a JSON array of rows, or one JSON object per line; "-" is stdin'),
    new Option('--reasons <count>', 'also tell which fields moved each score the most').argParser(countIn),
    new Option('--server <url>', "the server's address (default: the local one)"),
  ],
  async alone([pipeline = '', text], { file, server, reasons }, { predictionServer, result }) {
    if ((text === undefined) === (file === undefined))
      throw new UserError(
        'REQUEST_INVALID',
        `Give one row as JSON, such as '{"amount": 12.5}', or several with --file.`,
      );
    const { predict } = predictionServer(server);
    if (text !== undefined) {
      const answer = (await predict(pipeline, rowIn(text, pipeline), reasons)) as Answer;
      const { reasons: told, ...others } = answer;
      const lines = Object.entries(others).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]);
      result(answer, columns(lines) + (told ? `\n\n${columns(told.map(describeReason))}` : ''));
      return true;
    }
    const rows = parseRows(await read(file!), file!);
    const answers: Answer[] = [];
    for (let i = 0; i < rows.length; i += AT_ONCE) {
      const answer = (await predict(pipeline, rows.slice(i, i + AT_ONCE), reasons)) as { predictions: Answer[] };
      answers.push(...answer.predictions);
    }
    const between = answers.some(({ low }) => low !== undefined);
    const head = [
      'score',
      ...(between ? ['low', 'high'] : ['decision']),
      'version',
      'id',
      ...(reasons ? ['reasons'] : []),
    ];
    result(answers, columns([head, ...answers.map((answer) => describe(answer, between))]));
    return true;
  },
});

const describe = ({ score, low, high, decision, label, version, id, reasons }: Answer, between: boolean): string[] => [
  score.toPrecision(6),
  ...(between
    ? [low, high].map((end) => end?.toPrecision(6) ?? '-')
    : [label ?? (decision == null ? '-' : decision ? 'yes' : 'no')]),
  `v${version}`,
  id,
  ...(reasons ? [reasons.map(({ field, effect }) => `${field} ${signed(effect)}`).join(', ')] : []),
];

const describeReason = ({ field, value, effect }: NonNullable<Answer['reasons']>[number]): string[] => [
  signed(effect),
  field,
  String(value),
];

/** signed(0.25) // => '+0.250' */
const signed = (effect: number): string => (effect > 0 ? '+' : '') + effect.toPrecision(3);

function countIn(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UserError('REQUEST_INVALID', `--reasons is "${text}". Write how many to list, like 3`);
}

async function read(file: string): Promise<string> {
  try {
    return await (file === '-' ? textOf(process.stdin) : readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError('REQUEST_INVALID', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function rowIn(text: string, pipeline: string): Row {
  if (/^\s*[[{]/.test(text) || isJson(text)) return parseRow(text);
  const file = /^[\w./-]+$/.test(text) ? text : `"${text}"`;
  throw new UserError(
    'REQUEST_INVALID',
    `"${text}" is not a row as JSON. For a file of rows: perennial predict ${pipeline} --file ${file}`,
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseRow(text: string, where = 'The row'): Row {
  try {
    const row = JSON.parse(text) as unknown;
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Row;
  } catch (error) {
    throw new UserError('REQUEST_INVALID', `${where} is not JSON: ${messageOf(error)}`);
  }
  throw new UserError('REQUEST_INVALID', `${where} is not a JSON object with the columns as its fields.`);
}

function parseRows(text: string, file: string): Row[] {
  const lines = text.split('\n');
  const rows = text.trimStart().startsWith('[')
    ? (parseArray(text, file) as unknown[]).map((row, i) => parseRow(JSON.stringify(row), `Row ${i + 1} of ${file}`))
    : lines.flatMap((line, i) => (line.trim() === '' ? [] : [parseRow(line, `Line ${i + 1} of ${file}`)]));
  if (rows.length > 0) return rows;
  throw new UserError('REQUEST_INVALID', `${file} has no rows.`);
}

function parseArray(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError('REQUEST_INVALID', `${file} is not JSON: ${messageOf(error)}`);
  }
}
