import { command } from '../../command.ts';
import { findingsInWords, isWell } from '../../findings.ts';

export const doctor = command({
  arguments: '',
  summary: 'Check every dependency and say how to fix it',
  example: '',
  options: [],
  async alone(_positional, _options, { examine, result }) {
    const findings = await examine();
    result(findings, findingsInWords(findings));
    return isWell(findings);
  },
});
