namespace ModelOps.Core.Artifacts;

/// <param name="Whole">Entries that are as they were written.</param>
/// <param name="Damaged">Entries that were dropped, each with a warning.</param>
/// <param name="Bytes">Bytes that were read.</param>
public sealed record StoreAuditResult(int Whole, int Damaged, long Bytes);

/// <summary>Reads everything in a store and drops what is damaged, as a hit would. Checkpoints are the trainer's to verify.</summary>
public static class StoreAudit
{
    public static StoreAuditResult Run(ModelStore store, CancellationToken cancellation)
    {
        int whole = 0, damaged = 0;
        long bytes = 0;
        int records = Directory.Exists(Path.Combine(store.Root, "actions")) ? Directory.GetFiles(Path.Combine(store.Root, "actions"), "*.json").Length : 0;
        StoreEntry[] entries = [.. new StoreInventory(store).List().Where(e => !e.IsCheckpoints)];
        foreach (StoreEntry entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            bool good = entry.IsAnswers ? store.Answers.IsWhole(entry.Key) : store.IsWhole(entry.Key);
            (whole, damaged) = good ? (whole + 1, damaged) : (whole, damaged + 1);
            bytes += entry.Size;
        }

        // Records that could not be listed are damaged too.
        damaged += Math.Max(0, records - entries.Count(e => !e.IsAnswers));
        return new StoreAuditResult(whole, damaged, bytes);
    }
}
