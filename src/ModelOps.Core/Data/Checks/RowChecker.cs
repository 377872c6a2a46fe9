using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Data;

/// <summary>Looks at each valid row while its set is read: what its texts hold, and what the checks of the whole set will compare. One instance per thread.</summary>
internal sealed class RowChecker(DataChecks checks)
{
    private readonly RowReader _reader = new();
    private readonly JsonTree _tree = new();
    private readonly HeldOutQuestions.Probe? _probe = checks.HeldOut?.NewProbe();

    public RowSource Source(string file, int fileIndex, int rows) => new(file, fileIndex)
    {
        Facts = new RowFacts[rows],
        Bands = checks.NearDuplicates > 0 ? new uint[rows * MinHash.Bands] : [],
    };

    public void Compare(Row row, ReadOnlySpan<byte> canonical)
    {
        RowFacts facts = row.Source.Facts[row.Index] = _reader.Facts(canonical, row.Layout);
        if (checks.NearDuplicates > 0)
        {
            ReadOnlySpan<uint> shingles = _reader.ShinglesOfLast(questionOnly: false);
            if (!shingles.IsEmpty)
            {
                MinHash.Write(shingles, row.Source.Bands.AsSpan(row.Index * MinHash.Bands, MinHash.Bands));
            }

            _probe?.Look(row, facts, _reader.ShinglesOfLast(questionOnly: true));
        }
    }

    /// <summary>Reports what stands in the texts of a row. The line is valid JSON.</summary>
    public void Look(ReadOnlyMemory<byte> line, string file, int fileIndex, int number, ReadOnlySpan<byte> canonical, in RowLayout layout)
    {
        bool breaksSchema = checks.AnswerSchema is { } schema && layout.Shape == RowShape.Conversation && !IsOf(schema, canonical[layout.Answer..layout.Messages.End]);
        if ((!breaksSchema && !LineScan.IsSuspicious(line.Span)) || !_tree.TryParse(line, out _))
        {
            return;
        }

        var at = new Place(file, number, ((long)fileIndex << 32) | (uint)number);
        JsonItem? last = null;
        foreach (JsonItem text in Texts(_tree.Root))
        {
            LookAt(text, at, line.Span);
            last = text;
        }

        if (breaksSchema && last is { } answer)
        {
            checks.Findings.Add(DataFindings.AnswerBreaksSchema(at.Of(line.Span, answer.Offset)), at.Order);
        }
    }

    private static bool IsOf(JsonSchema schema, ReadOnlySpan<byte> answer)
    {
        var message = new MessageCursor(answer);
        return message.MoveNext() && JsonText.TryParse(Encoding.UTF8.GetString(JsonStrings.Unescape(message.Content))) is { } json && schema.IsValid(json);
    }

    // What a model reads or writes: contents of messages, and texts that stand for a message. The answer is the last one of a conversation.
    private static IEnumerable<JsonItem> Texts(JsonItem root)
    {
        var members = new RowMembers(root);
        JsonItem? input = members.Input is { Kind: JsonKind.Object } asked && asked.TryGet("messages", out JsonItem messages) ? messages : null;
        foreach (JsonItem? side in (JsonItem?[])[members.Messages, input, members.Prompt, members.Completion, members.Chosen, members.Rejected, members.Preferred, members.NonPreferred])
        {
            if (side is { Kind: JsonKind.String } text)
            {
                yield return text;
            }
            else if (side is { Kind: JsonKind.Array } list)
            {
                foreach (JsonItem message in list.Items())
                {
                    if (message.TryGet("content", out JsonItem content) && content.Kind == JsonKind.String)
                    {
                        yield return content;
                    }
                }
            }
        }
    }

    private void LookAt(JsonItem item, Place place, ReadOnlySpan<byte> line)
    {
        string text = item.GetString();
        if (TextFaults.Mojibake(text) is { } broken)
        {
            Add(DataFindings.Mojibake(place.Of(line, item, broken.At), broken.Found, broken.Meant));
        }

        if (TextFaults.Replacement(text) is var lost and >= 0)
        {
            Add(DataFindings.LostCharacter(place.Of(line, item, lost)));
        }

        if (TextFaults.Invisible(text) is var hidden and >= 0)
        {
            Add(DataFindings.InvisibleCharacter(place.Of(line, item, hidden), Rune.GetRuneAt(text, hidden).Value));
        }

        if (Secrets.Find(text) is { } secret)
        {
            Add(DataFindings.Secret(place.Of(line, item, secret.At), secret.Name));
        }

        AddPersonal(PersonalData.Email(text), DataFindings.Email);
        AddPersonal(PersonalData.Phone(text), DataFindings.Phone);
        AddPersonal(PersonalData.Card(text), DataFindings.Card);
        AddPersonal(PersonalData.Iban(text), DataFindings.Iban);

        void AddPersonal(int at, Func<SourceLocation, Diagnostic> say)
        {
            if (at >= 0)
            {
                Add(say(place.Of(_tree.Source.Span, item, at)));
            }
        }

        void Add(Diagnostic diagnostic) => checks.Findings.Add(diagnostic, place.Order);
    }

    /// <summary>A line of a file.</summary>
    private readonly record struct Place(string File, int Number, long Order)
    {
        public SourceLocation Of(ReadOnlySpan<byte> line, int offset) => new(File, Number, JsonProblem.Position(line, offset).Column);

        /// <summary>A character of a string, which may be written as an escape.</summary>
        public SourceLocation Of(ReadOnlySpan<byte> line, JsonItem text, int character) => Of(line, text.Offset + 1 + RawOffset(text.Raw, character));

        private static int RawOffset(ReadOnlySpan<byte> raw, int character)
        {
            int at = 0;
            for (int i = 0; i < character && at < raw.Length;)
            {
                if (raw[at] == '\\')
                {
                    at += raw[at + 1] == 'u' ? 6 : 2;
                    i++;
                }
                else
                {
                    Rune.DecodeFromUtf8(raw[at..], out Rune rune, out int length);
                    at += length;
                    i += rune.Utf16SequenceLength;
                }
            }

            return at;
        }
    }
}
