import { cellsOf } from '../../../core/data/csv-line.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { LabelsRefused, type PredictionServer } from '../../../core/rollout/prediction-server.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';
import { Option } from 'commander';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The server takes no more in one request. */
const AT_ONCE = 1_000;
const MOST_SHOWN = 20;

interface Line {
  number: number;
  label: unknown;
}

export const importLabels = command<{ server?: string }>({
  arguments: '<pipeline> <file>',
  summary: 'Record the labels of a file, each once however often you import it',
  description: [
    'Record the labels of a file, each once however often you import it. The file is CSV with the header',
    'key,value,observed_at, or has a JSON object with these fields on each line; "-" is stdin.',
  ].join('\n'),
  example: 'fraud chargebacks.csv',
  options: [new Option('--server <url>', "the server's address (default: the local one)")],
  async alone([pipeline = '', file = ''], { server }, { predictionServer, result, note }) {
    const { sendLabels } = predictionServer(server);
    const counted = { lines: 0, new: 0, same: 0, bad: [] as { line: number; problem: string }[] };
    let waiting: Line[] = [];
    const send = async (): Promise<void> => {
      const { recorded, bad } = await sendSound(sendLabels, pipeline, waiting);
      counted.new += recorded.new;
      counted.same += recorded.same;
      counted.bad.push(...bad);
      waiting = [];
    };
    try {
      for await (const { number, label, problem } of linesOf(file)) {
        counted.lines++;
        if (problem !== null) counted.bad.push({ line: number, problem });
        else if (waiting.push({ number, label }) === AT_ONCE) await send();
      }
      if (waiting.length > 0) await send();
    } catch (error) {
      // A file that cannot be read has begun nothing.
      if (counted.lines > 0)
        note(`Stopped after ${counted.new} new labels. Import the file again later: none is recorded twice.`);
      throw error;
    }
    const { bad, ...sums } = counted;
    bad.sort((a, b) => a.line - b.line);
    const shown = bad.slice(0, MOST_SHOWN).map(({ line, problem }) => `line ${line}: ${problem}`);
    if (bad.length > MOST_SHOWN) shown.push(`and ${bad.length - MOST_SHOWN} more`);
    const rows = Object.entries({ ...sums, bad: bad.length }).map(([name, value]) => [name, String(value)]);
    result(counted, [columns(rows), ...shown].join('\n'));
    return bad.length === 0;
  },
});

/** Sends what the server accepts: it names the bad ones of a request and records none of it. */
async function sendSound(sendLabels: PredictionServer['sendLabels'], pipeline: string, lines: Line[]) {
  const labels = lines.map(({ label }) => label);
  try {
    return { recorded: await sendLabels(pipeline, labels), bad: [] };
  } catch (error) {
    if (!(error instanceof LabelsRefused)) throw error;
    const bad = error.problems.map(({ row, field, message }) => ({
      line: lines[row]!.number,
      problem: field === null ? message : `${field} ${message}`,
    }));
    const wrong = new Set(error.problems.map(({ row }) => row));
    const sound = labels.filter((_label, row) => !wrong.has(row));
    const recorded = sound.length > 0 ? await sendLabels(pipeline, sound) : { new: 0, same: 0 };
    return { recorded, bad };
  }
}

/** The labels of a file, read as a stream; the first line says whether it is CSV. */
async function* linesOf(file: string): AsyncGenerator<Line & { problem: string | null }> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let header: string[] | null = null;
  let number = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      const line = number === 1 ? text.replace(/^\uFEFF/, '') : text;
      if (line.trim() === '') continue;
      if (number === 1 && !line.trimStart().startsWith('{')) header = headerOf(line, file);
      else yield { number, ...(header ? fromCsv(line, header) : fromJson(line)) };
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('REQUEST_INVALID', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function headerOf(line: string, file: string): string[] {
  const names = cellsOf(line) ?? [];
  if (['key', 'value', 'observed_at'].every((name) => names.includes(name))) return names;
  throw new UserError(
    'REQUEST_INVALID',
    `${file} begins with neither the header key,value,observed_at of a CSV file nor a JSON object.`,
  );
}

function fromJson(line: string): { label: unknown; problem: string | null } {
  try {
    return { label: JSON.parse(line), problem: null };
  } catch {
    return { label: null, problem: 'is not JSON' };
  }
}

/** Takes the three fields and leaves the others. */
function fromCsv(line: string, header: string[]): { label: unknown; problem: string | null } {
  const cells = cellsOf(line);
  if (cells?.length !== header.length)
    return { label: null, problem: `does not have the ${header.length} fields of the header` };
  const cell = (name: string): string => cells[header.indexOf(name)]!;
  return {
    label: { key: cell('key'), value: valueOf(cell('value')), observed_at: cell('observed_at') },
    problem: null,
  };
}

/** A number or a truth value, if the text is one. */
function valueOf(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? text : number;
}
