using ModelOps.Engine.Layers;

namespace ModelOps.Engine.Generation;

/// <summary>
/// The key-value caches of one generation: memory within a bound, and what is in it already. A prompt that begins like one whose cache is
/// still here takes those tokens over instead of computing them again; that changes no bit, for the sums are the same.
/// </summary>
/// <param name="shape">Heads of the model.</param>
/// <param name="layers">Layers of the model.</param>
/// <param name="bound">Bytes for all caches together. One row alone may exceed it, or it could not be answered at all.</param>
/// <param name="usual">Tokens that a cache has room for unless a row needs more, so that rows can take over each other's.</param>
/// <param name="step">Room is a multiple of it, so that rows of about the same length can.</param>
internal sealed class CachePool(HeadShape shape, int layers, long bound, int usual, int step = 1) : IDisposable
{
    private readonly List<PromptCache> _held = [];
    private readonly List<PromptCache> _free = [];
    private long _reserved;

    /// <summary>Bytes of all caches, those included that wait for a row.</summary>
    internal long Bytes => _held.Concat(_free).Sum(c => c.Memory.Bytes);

    /// <summary>True where the row's cache fits beside those of the rows that are being answered; the memory is then promised to it.</summary>
    internal bool TryReserve(GenerationRow row)
    {
        long bytes = Size(row);
        if (_reserved > 0 && _reserved + bytes > bound)
            return false;
        _reserved += bytes;
        return true;
    }

    /// <summary>Tokens at the beginning of the row's prompt that some cache holds.</summary>
    internal int Known(GenerationRow row) => Donor(row) is { } donor ? donor.Shared(row) : 0;

    /// <summary>Gives the row, whose memory is reserved, a cache filled as far as others know its prompt.</summary>
    internal void Rent(GenerationRow row)
    {
        int tokens = Room(row);
        var cache = _free.Where(c => c.Memory.Tokens == tokens).MaxBy(c => c.Shared(row)) ?? Allocate(tokens);
        var donor = Donor(row); // what allocating evicted knows nothing any more
        int known = donor?.Shared(row) ?? 0, own = cache.Shared(row);
        if (known > own)
            cache.Memory.CopyFrom(donor!.Memory, own, known);
        cache.Assign(row, known);
        _free.Remove(cache);
        _held.Add(cache);
        row.Cache = cache;
    }

    internal void Return(GenerationRow row)
    {
        if (row.Cache is not { } cache)
            return;
        _reserved -= Size(row);
        _held.Remove(cache);
        _free.Add(cache);
        row.Cache = null;
    }

    /// <summary>What was computed under this adapter is no longer taken over: its number will mean another one.</summary>
    internal void Forget(int adapter)
    {
        foreach (var cache in _free.Where(c => c.Adapter == adapter))
            cache.Filled = 0;
    }

    private int Room(GenerationRow row) => (Math.Max(row.Capacity, usual) + step - 1) / step * step;

    private long Size(GenerationRow row) => KeyValueCache.BytesFor(shape, layers, Room(row));

    private PromptCache? Donor(GenerationRow row) => _held.Concat(_free).Where(c => c.Shared(row) > 0).MaxBy(c => c.Shared(row));

    private PromptCache Allocate(int tokens)
    {
        long needed = KeyValueCache.BytesFor(shape, layers, tokens);
        while (_free.Count > 0 && Bytes + needed > bound)
        {
            _free[0].Memory.Dispose();
            _free.RemoveAt(0);
        }

        return new PromptCache(new KeyValueCache(shape, layers, tokens));
    }

    public void Dispose()
    {
        foreach (var cache in _held.Concat(_free))
            cache.Memory.Dispose();
    }
}
