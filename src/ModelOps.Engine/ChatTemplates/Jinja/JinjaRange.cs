using System.Collections;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>What <c>range()</c> gives: a sequence of its own type, which prints as it was called and is equal to no list.</summary>
internal sealed class JinjaRange : IReadOnlyList<object?>
{
    // The sandbox's own limit.
    private const int MaximumCount = 100_000;

    /// <exception cref="JinjaTypeException">It has more elements than the sandbox allows.</exception>
    public JinjaRange(long start, long stop, long step)
    {
        Int128 span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 count = span <= 0 ? 0 : ((span - 1) / Int128.Abs(step)) + 1;
        if (count > MaximumCount)
            throw new JinjaTypeException($"a range has at most {MaximumCount} elements");
        (Start, Stop, Step, Count) = (start, stop, step, (int)count);
    }

    public long Start { get; }

    public long Stop { get; }

    /// <summary>Never 0.</summary>
    public long Step { get; }

    public int Count { get; }

    public object? this[int index] => Start + (index * Step);

    /// <summary>The elements at from, from + stride… before to; the bounds are inside the range or one step beside it.</summary>
    public JinjaRange Slice(int from, int to, int stride) => new(Start + (from * Step), Start + (to * Step), Step * stride);

    /// <summary>The same elements, however they were asked for.</summary>
    public bool HasElementsOf(JinjaRange other) =>
        Count == other.Count && (Count == 0 || (Start == other.Start && (Count == 1 || Step == other.Step)));

    public IEnumerator<object?> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => Step == 1 ? $"range({Start}, {Stop})" : $"range({Start}, {Stop}, {Step})";
}
