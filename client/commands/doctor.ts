import type { Finding } from '../../core/runs/doctor.ts';
import { command } from '../command.ts';

const marks: Record<Finding['state'], string> = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' };

export const doctorCommand = command({
  name: 'doctor',
  arguments: '',
  summary: 'Check all it depends on, and say how to mend it',
  example: 'doctor',
  options: [],
  async alone(_positional, _options, { examine, result }) {
    const findings = await examine();
    const count = (state: Finding['state']): number => findings.filter((finding) => finding.state === state).length;
    const summary =
      count('failed') + count('warning') === 0
        ? `All ${findings.length} checks are well.`
        : `${count('ok')} of ${findings.length} checks are well, ${count('warning')} with a warning, ${count('failed')} failed.`;
    result(findings, [...findings.map(describe), summary].join('\n'));
    return count('failed') === 0;
  },
});

function describe({ check, state, found, mend }: Finding): string {
  const indented = (text: string): string => text.replaceAll('\n', '\n           ');
  return `${marks[state]}  ${check}: ${indented(found)}${mend === null ? '' : `\n         ${indented(mend)}`}`;
}
