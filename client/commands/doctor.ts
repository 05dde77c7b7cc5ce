import { command } from '../command.ts';
import { findingsInWords, isWell } from '../findings.ts';

export const doctorCommand = command({
  name: 'doctor',
  arguments: '',
  summary: 'Check every dependency and say how to fix it',
  example: 'doctor',
  options: [],
  async alone(_positional, _options, { examine, result }) {
    const findings = await examine();
    result(findings, findingsInWords(findings));
    return isWell(findings);
  },
});
