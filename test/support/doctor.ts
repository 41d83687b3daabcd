import { z } from 'zod';

const report = z.strictObject({
  findings: z.array(
    z.strictObject({
      what: z.string(),
      state: z.enum(['ok', 'note', 'missing', 'differs', 'repaired', 'lost']),
      said: z.string().min(1),
      fix: z.string().nullable(),
    }),
  ),
  temporal: z.record(z.string(), z.string()).nullable(),
  temporalMissing: z.string().nullable(),
});

/** Parses what `doctor --json` printed. */
export function doctorReport(ran: { readonly stdout: string }): z.output<typeof report> {
  return report.parse(JSON.parse(ran.stdout));
}
