/** A node of `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Actual Total Time': number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

/** The nodes from which rows come, in their order, and what all took: `Index Scan on videos (videos_title_idx) 21 rows`. */
export function shortPlan(root: PlanNode): string {
  const blocks = (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0);
  const sources = sourcesOf(root).join('; ');
  return `${root['Actual Total Time'].toFixed(1)} ms, ${blocks} blocks: ${sources}`;
}

function sourcesOf(node: PlanNode): string[] {
  const {
    'Relation Name': table,
    'Index Name': index,
    'Actual Rows': rows,
    'Actual Loops': loops,
  } = node;
  const below = (node.Plans ?? []).flatMap(sourcesOf);
  if (loops === 0 || (table === undefined && index === undefined)) return below;
  const times = loops === 1 ? '' : ` × ${loops}`;
  const where = [table && ` on ${table}`, index && ` (${index})`].filter(Boolean).join('');
  return [`${node['Node Type']}${where} ${Math.round(rows * 10) / 10}${times}`, ...below];
}
