import type { Finding } from '../core/runs/doctor.ts';

const marks: Record<Finding['state'], string> = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' };

const count = (findings: Finding[], state: Finding['state']): number =>
  findings.filter((finding) => finding.state === state).length;

/** Whether an examination passes: warnings do not fail it. */
export const isWell = (findings: Finding[]): boolean => count(findings, 'failed') === 0;

/** The findings, a line or two each, and how many checks passed. */
export function findingsInWords(findings: Finding[]): string {
  const [well, warned, failed] = (['ok', 'warning', 'failed'] as const).map((state) => count(findings, state));
  const summary =
    well === findings.length
      ? `All ${findings.length} checks passed.`
      : `${well} of ${findings.length} checks passed, ${warned} with a warning, ${failed} failed.`;
  return [...findings.map(describe), summary].join('\n');
}

function describe({ check, state, found, fix }: Finding): string {
  const indented = (text: string): string => text.replaceAll('\n', '\n           ');
  return `${marks[state]}  ${check}: ${indented(found)}${fix === null ? '' : `\n         ${indented(fix)}`}`;
}
