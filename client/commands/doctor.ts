import { command } from '../command.ts';
import { findingsInWords, isWell } from '../findings.ts';

export const doctorCommand = command({
  name: 'doctor',
  arguments: '',
  summary: 'Check all it depends on, and say how to mend it',
  example: 'doctor',
  options: [],
  async alone(_positional, _options, { examine, result }) {
    const findings = await examine();
    result(findings, findingsInWords(findings));
    return isWell(findings);
  },
});
