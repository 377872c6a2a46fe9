using System.Buffers;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>
/// Whether the training rows are like what is asked in production. Half of the training questions are a vocabulary; of the other half's words it knows a share, and of the log's words another
/// one. The log is unlike the rows when that share is <see cref="Gap"/> lower, or when its questions are of another length (<see cref="ShiftCheck"/>'s measure).
/// </summary>
public static class ProductionShift
{
    /// <summary>Difference of the two shares from which the log is another language, product or topic, and not chance.</summary>
    public const double Gap = 0.15;

    /// <summary>Training rows that are looked at, evenly over the set.</summary>
    private const int MaxRows = 20_000;

    private const int MinimumQuestions = 30;

    /// <param name="files">Logs: a JSON object a line, with <c>messages</c> or <c>prompt</c>; other properties and answers are passed over.</param>
    public static void Check(Dataset training, IReadOnlyList<string> files, Findings findings, CancellationToken cancellation)
    {
        var words = new WordHasher();
        var vocabulary = new HashSet<uint>();
        (long known, long all) = (0, 0);
        var lengths = new List<int>();
        byte[] buffer = [];
        int step = Math.Max(1, training.Rows.Count / MaxRows);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = pass * step; i < training.Rows.Count; i += 2 * step)
            {
                cancellation.ThrowIfCancellationRequested();
                Row row = training.Rows[i];
                Question(words, row.Source.Read(row.Start, row.Length, ref buffer)[row.Layout.Messages]);
                lengths.Add(words.Words.Length);
                if (pass == 0)
                {
                    vocabulary.UnionWith(words.Words.ToArray());
                    continue;
                }

                all += words.Words.Length;
                known += Known(words.Words, vocabulary);
            }
        }

        var log = new LogReader(words, findings);
        var asked = new List<int>();
        (long logKnown, long logAll) = (0, 0);
        foreach (string file in files)
        {
            foreach (var question in log.Read(file, cancellation))
            {
                asked.Add(question.Length);
                logAll += question.Length;
                logKnown += Known(question.AsSpan(), vocabulary);
            }
        }

        if (asked.Count < MinimumQuestions || lengths.Count < 2 * MinimumQuestions || all == 0 || logAll == 0)
        {
            return;
        }

        (double usual, double found) = ((double)known / all, (double)logKnown / logAll);
        var at = new SourceLocation(files[0]);
        if (usual - found >= Gap)
        {
            findings.Add(DataFindings.ProductionWords(at, usual, found), 0);
        }

        if (ShiftCheck.Difference([.. lengths], [.. asked]) is { } shift)
        {
            findings.Add(DataFindings.ProductionLengths(at, shift.Left, shift.Right, shift.Distance), 1);
        }
    }

    private static void Question(WordHasher words, ReadOnlySpan<byte> messages)
    {
        words.Clear();
        var message = new MessageCursor(messages);
        while (message.MoveNext())
        {
            if (message.Role == 'u')
            {
                words.Add(message.Content);
            }
        }
    }

    private static long Known(ReadOnlySpan<uint> words, HashSet<uint> vocabulary)
    {
        long known = 0;
        foreach (uint word in words)
        {
            known += vocabulary.Contains(word) ? 1 : 0;
        }

        return known;
    }

    /// <summary>The words of each question of a log.</summary>
    private sealed class LogReader(WordHasher words, Findings findings)
    {
        private readonly JsonTree _tree = new();
        private readonly ArrayBufferWriter<byte> _text = new();

        public IEnumerable<uint[]> Read(string path, CancellationToken cancellation)
        {
            using LineBlockReader? reader = LineBlockReader.TryOpen(path, 0, out Diagnostic? problem);
            while (reader?.Next(out problem) is { } block)
            {
                cancellation.ThrowIfCancellationRequested();
                int line = block.FirstLine;
                for (ReadOnlyMemory<byte> rest = block.Text; !rest.IsEmpty; line++)
                {
                    int end = rest.Span.IndexOf((byte)'\n');
                    ReadOnlyMemory<byte> text = end < 0 ? rest : rest[..end];
                    rest = end < 0 ? default : rest[(end + 1)..];
                    if (text.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
                    {
                        if (Words(text) is { } question)
                        {
                            yield return question;
                        }
                        else
                        {
                            findings.Add(DataFindings.UnreadableLog(new SourceLocation(path, line, 1)), line);
                        }
                    }
                }
            }

            if (problem is not null)
            {
                findings.Add(problem, 0);
            }
        }

        // Null: the line asks nothing.
        private uint[]? Words(ReadOnlyMemory<byte> line)
        {
            words.Clear();
            if (!_tree.TryParse(line, out _) || _tree.Root.Kind != JsonKind.Object)
            {
                return null;
            }

            var row = new RowMembers(_tree.Root);
            if (row.Prompt is { Kind: JsonKind.String } prompt)
            {
                Add(prompt);
            }
            else if ((row.Messages ?? row.Prompt) is { Kind: JsonKind.Array } messages)
            {
                foreach (JsonItem message in messages.Items())
                {
                    if (message.Kind == JsonKind.Object && message.TryGet("role", out JsonItem role) && role.Kind == JsonKind.String && role.GetString() == "user"
                        && message.TryGet("content", out JsonItem content) && content.Kind == JsonKind.String)
                    {
                        Add(content);
                    }
                }
            }

            return words.Words.IsEmpty ? null : words.Words.ToArray();
        }

        // Escapes as in the rows that it is compared with.
        private void Add(JsonItem text)
        {
            _text.ResetWrittenCount();
            CanonicalJson.Write(text, _text);
            words.Add(_text.WrittenSpan[1..^1]);
        }
    }
}
