using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>Checked rows, cut to the maximum length, and the order in which an epoch takes them.</summary>
internal sealed class TrainingRows
{
    private const ulong OrderStream = 0x4F52444552; // "ORDER"
    private readonly List<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> _rows = [];

    internal TrainingRows(string set, IReadOnlyList<TrainingExample> examples, int maximumLength, int vocabulary)
    {
        CheckTokens(set, examples, vocabulary);
        for (int i = 0; i < examples.Count; i++)
        {
            var (tokens, scored) = (examples[i].Tokens, examples[i].Scored);
            int length = Math.Min(tokens.Length, maximumLength);
            Truncated += length < tokens.Length ? 1 : 0;
            int inputs = TokenBatch.InputLength(scored.AsSpan(0, length));
            if (inputs == 0)
                throw new TrainingDataException(set, i, $"no token of the first {length} is scored, so there is nothing to learn");
            Longest = Math.Max(Longest, inputs);
            _rows.Add((i, tokens.AsMemory(0, length), scored.AsMemory(0, length)));
        }
    }

    /// <exception cref="TrainingDataException">Marks do not fit tokens, or a token is outside the vocabulary.</exception>
    internal static void CheckTokens(string set, IReadOnlyList<TrainingExample> examples, int vocabulary)
    {
        for (int i = 0; i < examples.Count; i++)
        {
            var (tokens, scored) = (examples[i].Tokens, examples[i].Scored);
            if (tokens.Length != scored.Length)
                throw new TrainingDataException(set, i, $"{tokens.Length} tokens but {scored.Length} marks");
            int bad = Array.FindIndex(tokens, t => t < 0 || t >= vocabulary);
            if (bad >= 0)
                throw new TrainingDataException(set, i, $"token {bad} has the id {tokens[bad]}; the vocabulary has {vocabulary}");
        }
    }

    internal int Count => _rows.Count;

    /// <summary>Inputs of the longest row.</summary>
    internal int Longest { get; }

    internal int Truncated { get; }

    internal IReadOnlyList<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> All => _rows;

    /// <summary>The order of an epoch, a function of seed and epoch alone.</summary>
    internal int[] Order(TrainingOptions options, int epoch) =>
        options.PreserveDataOrder ? [.. Enumerable.Range(0, Count)] : new CounterRandom(options.Seed, OrderStream + (ulong)epoch).Permutation(Count);

    /// <summary>Batches of a step; a row's id is its place in the step.</summary>
    internal List<TokenBatch> Batches(int[] order, int start, int count) =>
        [.. MicroBatch.Split(Enumerable.Range(0, count).Select(i => (i, _rows[order[start + i]].Tokens, _rows[order[start + i]].Scored)))];
}
