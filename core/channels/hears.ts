import type { Severity, Telling } from '../alerts/alerts.ts';

export interface Heard {
  telling: Telling | 'digest';
  severity: Severity;
  /** Whether people are left alone now: its alert is silenced, or these are quiet hours. */
  hushed: boolean;
}
type Hears = (message: Heard) => boolean;

/** What people read: that a colleague has acknowledged an alert is for programs, and for the list. */
export const forPeople: Hears = ({ telling, hushed }) => telling !== 'acknowledged' && !hushed;
export const everything: Hears = () => true;
/** What has an incident: a digest has none, and news needs nobody. */
export const incidents: Hears = ({ telling, severity }) => telling !== 'digest' && severity !== 'info';
