namespace ModelOps.Engine.Tokenization;

/// <summary>Merges a long run of symbols in O(n log n): a linked list of symbols and a queue of the possible merges.</summary>
internal static class BytePairQueue
{
    /// <summary>Merges in place and returns how many symbols are left.</summary>
    public static int Merge(int[] symbols, int count, Dictionary<long, (int Rank, int Id)> merges)
    {
        int[] previous = new int[count], next = new int[count];
        // Rank first, then place: of equal merges the leftmost.
        var queue = new PriorityQueue<(int Left, int Id), long>(count);
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : -1;
        }

        for (int i = 0; i + 1 < count; i++)
            Enqueue(i);
        while (queue.TryDequeue(out var top, out _))
        {
            int left = top.Left, right = symbols[left] < 0 ? -1 : next[left];
            // An entry is stale where one of its symbols was merged meanwhile.
            if (right < 0 || !merges.TryGetValue(BytePairModel.Pair(symbols[left], symbols[right]), out var merge) || merge.Id != top.Id)
                continue;
            symbols[left] = merge.Id;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[right] >= 0)
                previous[next[right]] = left;
            if (previous[left] >= 0)
                Enqueue(previous[left]);
            Enqueue(left);
        }

        int kept = 0;
        for (int i = 0; i >= 0; i = next[i])
            symbols[kept++] = symbols[i];
        return kept;

        void Enqueue(int left)
        {
            int right = next[left];
            if (right >= 0 && merges.TryGetValue(BytePairModel.Pair(symbols[left], symbols[right]), out var merge))
                queue.Enqueue((left, merge.Id), ((long)merge.Rank << 32) | (uint)left);
        }
    }
}
