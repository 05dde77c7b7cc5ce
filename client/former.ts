import type { CommandName } from './commands/index.ts';

// What the last release accepted and this one still does. The next release drops this file.

const moved = new Map<string, CommandName>([
  ['promote', 'models promote'],
  ['signal', 'models retrain'],
  ['backfill', 'schedules backfill'],
  ['cancel', 'runs cancel'],
  ['replay', 'runs replay'],
  ['care', 'installation care'],
]);

/** What was typed, what is typed today, and what follows that. */
type Change = [was: string, is: CommandName, rest: string[]];

function changeOf(name: string, rest: string[]): Change | null {
  const is = moved.get(name);
  if (is) return [name, is, rest];
  switch (name) {
    case 'alerts':
      return verbOf('--resolve', 'alerts resolve', rest) ?? verbOf('--silence', 'alerts silence', rest);
    case 'approve':
      if (rest.every((word) => word === '--json')) return ['approve', 'rollouts list', rest];
      return rest.includes('--reject')
        ? ['approve --reject', 'rollouts reject', rest.filter((word) => word !== '--reject')]
        : null;
    case 'batches': {
      const [pipeline = '-', batch = '-'] = rest;
      const isOne = !['list', 'show'].includes(pipeline) && !pipeline.startsWith('-') && !batch.startsWith('-');
      return isOne ? ['batches PIPELINE BATCH', 'batches show', rest] : null;
    }
    default:
      return null;
  }
}

/** `alerts --resolve ID` and `alerts --resolve=ID`: the option is a verb now. */
function verbOf(flag: string, is: CommandName, rest: string[]): Change | null {
  if (!rest.some((word) => word.split('=')[0] === flag)) return null;
  return [`alerts ${flag}`, is, rest.filter((word) => word !== flag).map((word) => word.replace(`${flag}=`, ''))];
}

/** A command with its arguments as it is typed today; `tell` hears what has changed. */
export function respelled(line: string[], tell: (words: string) => void): string[] {
  const [name = '', ...rest] = line;
  if (name === 'help') return [name, ...(moved.get(rest[0] ?? '')?.split(' ') ?? rest)];
  const change = changeOf(name, rest);
  if (!change) return line;
  const [was, is, others] = change;
  tell(`Write "perennial ${is}" instead of "perennial ${was}". The next release accepts only that.`);
  return [...is.split(' '), ...others];
}
