import type { Command } from './command.ts';
import { Help, type Command as Program } from 'commander';

/** Commands by what they are about, in the order of the overview. */
export type Groups = Record<string, Command<never>[]>;

/** All commands on one screen of 24 lines by 80 columns; what they take is in the help of each. */
function overview(groups: Groups): string {
  const headings = Math.max(...Object.keys(groups).map((heading) => heading.length));
  const names = Math.max(...Object.values(groups).flat().map(({ name }) => name.length)); // prettier-ignore
  const lines = Object.entries(groups).flatMap(([heading, commands]) =>
    commands.map(
      ({ name, summary }, i) => `${(i === 0 ? heading : '').padEnd(headings)}  ${name.padEnd(names)}  ${summary}`,
    ),
  );
  return [
    'Usage: perennial [options] <command> [arguments]     (perennial help <command>)',
    ...lines,
    'Options: --home <folder> (.perennial), --pipelines <folder> (pipelines), --json',
    '',
  ].join('\n');
}

/** The program's own help is the overview; a command's is as usual, with its example at the end. */
export function helpOf(program: Program, groups: Groups): Partial<Help> {
  return {
    minWidthToWrap: 20,
    formatHelp(command: Program, helper: Help): string {
      if (command === program) return overview(groups);
      const definition = Object.values(groups).flat().find(({ name }) => name === command.name()); // prettier-ignore
      const text = Help.prototype.formatHelp.call(helper, command, helper);
      return definition ? `${text}\nExample:\n  perennial ${definition.example}\n` : text;
    },
  };
}
