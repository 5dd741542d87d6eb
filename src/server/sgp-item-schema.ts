import { z } from 'zod';
import { SGP_SPAN_TYPES } from '../processors/sgp-span-type.js';

/** Characters of an id; its bytes are checked apart, since SGP refuses them apart. */
export const SGP_ID_LENGTH_MAX = 256;

export const sgpStatusSchema = z.enum(['SUCCESS', 'ERROR', 'CANCELED']);
export const sgpTypeSchema = z.enum(SGP_SPAN_TYPES);
export const sgpIdSchema = z.string().min(1).max(SGP_ID_LENGTH_MAX);
const timestampSchema = z
  .string()
  .meta({ description: 'ISO 8601; without a zone it is UTC', example: '2026-05-11T12:00:00.123456+00:00' });
// Python's integration sends lists raw, against its own schema: any JSON is taken.
const jsonSchema = z.unknown();
const metadataSchema = z.record(z.string(), z.unknown());

/** One span as a client of SGP writes it. Fields that are not named here are kept as they are. */
export const sgpItemSchema = z
  .looseObject({
    name: z.string(),
    id: sgpIdSchema.nullish(),
    trace_id: sgpIdSchema,
    start_timestamp: timestampSchema,
    input: jsonSchema.optional(),
    output: jsonSchema.optional(),
    metadata: metadataSchema.nullish(),
    status: sgpStatusSchema.nullish(),
    type: sgpTypeSchema.nullish(),
    end_timestamp: timestampSchema.nullish(),
    parent_id: sgpIdSchema.nullish(),
    group_id: sgpIdSchema.nullish(),
  })
  .meta({ id: 'SgpItem' });

/** What of a span `PATCH` may change. */
export const sgpPatchSchema = z
  .strictObject({
    end_timestamp: timestampSchema.optional(),
    metadata: metadataSchema.optional(),
    name: z.string().optional(),
    output: jsonSchema.optional(),
    status: sgpStatusSchema.optional(),
  })
  .meta({ id: 'SgpPatch' });

/** One span as it is answered. */
export const sgpSpanSchema = z
  .looseObject({
    ...sgpItemSchema.shape,
    id: sgpIdSchema,
    account_id: z.string(),
    object: z.literal('span'),
  })
  .meta({ id: 'SgpSpan' });

/** A row that was refused, beside those that were kept. */
export const rowErrorSchema = z
  .object({
    index: z.number().int().meta({ description: 'place in the batch, from 0' }),
    id: z.string().optional(),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'RowError' });

export type SgpRow = z.infer<typeof sgpItemSchema>;
export type SgpPatch = z.infer<typeof sgpPatchSchema>;
export type RowError = z.infer<typeof rowErrorSchema>;
