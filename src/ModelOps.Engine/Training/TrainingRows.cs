using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>Checked rows, cut to the maximum length, and the order in which an epoch takes them. An example is a row, or a pair of rows.</summary>
internal sealed class TrainingRows
{
    private const ulong OrderStream = 0x4F52444552; // "ORDER"
    private readonly List<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> _rows = [];
    private readonly int _rowsPerExample;

    /// <param name="rowsPerExample">1, or 2 where examples are pairs: rows 2i and 2i + 1.</param>
    internal TrainingRows(string set, IReadOnlyList<TrainingExample> rows, int maximumLength, int vocabulary, int rowsPerExample = 1)
    {
        _rowsPerExample = rowsPerExample;
        CheckTokens(set, rows, vocabulary, rowsPerExample);
        for (int i = 0; i < rows.Count; i++)
        {
            var (tokens, scored) = (rows[i].Tokens, rows[i].Scored);
            int length = Math.Min(tokens.Length, maximumLength);
            int inputs = TokenBatch.InputLength(scored.AsSpan(0, length));
            if (inputs == 0)
                throw new TrainingDataException(set, i / rowsPerExample, $"no token of the first {length} is scored, so there is nothing to learn");
            _rows.Add((i, tokens.AsMemory(0, length), scored.AsMemory(0, length)));
        }

        foreach (int example in Enumerable.Range(0, Count))
        {
            var own = Enumerable.Range(example * rowsPerExample, rowsPerExample).ToList();
            Longest = Math.Max(Longest, own.Sum(r => TokenBatch.InputLength(_rows[r].Scored.Span)));
            Truncated += own.Any(r => _rows[r].Tokens.Length < rows[r].Tokens.Length) ? 1 : 0;
        }
    }

    /// <exception cref="TrainingDataException">Marks do not fit tokens, or a token is outside the vocabulary.</exception>
    internal static void CheckTokens(string set, IReadOnlyList<TrainingExample> rows, int vocabulary, int rowsPerExample = 1)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            var (tokens, scored) = (rows[i].Tokens, rows[i].Scored);
            if (tokens.Length != scored.Length)
                throw new TrainingDataException(set, i / rowsPerExample, $"{tokens.Length} tokens but {scored.Length} marks");
            int bad = Array.FindIndex(tokens, t => t < 0 || t >= vocabulary);
            if (bad >= 0)
                throw new TrainingDataException(set, i / rowsPerExample, $"token {bad} has the id {tokens[bad]}; the vocabulary has {vocabulary}");
        }
    }

    /// <summary>Examples.</summary>
    internal int Count => _rows.Count / _rowsPerExample;

    /// <summary>Inputs of the longest example.</summary>
    internal int Longest { get; }

    /// <summary>Examples of which something was cut.</summary>
    internal int Truncated { get; }

    /// <summary>Every row; its id is its index.</summary>
    internal IReadOnlyList<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> All => _rows;

    /// <summary>The order of an epoch, a function of seed and epoch alone.</summary>
    internal int[] Order(TrainingOptions options, int epoch) =>
        options.PreserveDataOrder ? [.. Enumerable.Range(0, Count)] : new CounterRandom(options.Seed, OrderStream + (ulong)epoch).Permutation(Count);

    /// <summary>Rows of the examples, in their order.</summary>
    internal int[] RowsOf(ReadOnlySpan<int> examples)
    {
        var rows = new int[examples.Length * _rowsPerExample];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = examples[i / _rowsPerExample] * _rowsPerExample + i % _rowsPerExample;
        return rows;
    }

    /// <summary>Batches of a step's examples; a row's id is its place among <see cref="RowsOf"/>, and an example's rows stay together.</summary>
    /// <param name="budget">Tokens of a batch.</param>
    /// <param name="shares">See <see cref="MicroBatch.Split"/>.</param>
    internal List<TokenBatch> Batches(ReadOnlySpan<int> examples, int budget = MicroBatch.TokenBudget, bool shares = false) =>
        [.. MicroBatch.Split(RowsOf(examples).Select((row, place) => (place, _rows[row].Tokens, _rows[row].Scored)), budget, _rowsPerExample, shares)];

    internal void AppendTo(IncrementalHash hash)
    {
        foreach (var (_, tokens, scored) in _rows)
        {
            int length = tokens.Length;
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
            hash.AppendData(MemoryMarshal.AsBytes(tokens.Span));
            hash.AppendData(MemoryMarshal.AsBytes(scored.Span));
        }
    }
}
