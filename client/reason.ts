import { Option } from 'commander';

export const reasonOption = new Option('--reason <words>', 'reason, kept in the audit');
