using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>Rows on their way into a file: each is one that Validate takes, is there once, and holds nothing that the rule forbids. What was passed over is counted by its reason.</summary>
/// <param name="source">Whom messages about all rows name.</param>
public sealed class MadeRows(string source, PersonalDataRule rule)
{
    /// <summary>Reasons that every source has; others name their own.</summary>
    public const string Repeated = "repeated", Personal = "with personal data";

    private readonly List<MadeRow> _rows = [];
    private readonly Dictionary<Digest, int> _known = [];
    private readonly SortedDictionary<string, int> _passedOver = new(StringComparer.Ordinal);
    private readonly RowParser _parser = new();
    private readonly ProblemList _problems = new();
    private readonly List<Diagnostic> _personal = [];
    private int _personalRows;

    public int Count => _rows.Count;

    public int Unreviewed => _rows.Count(r => r.IsUnreviewed);

    public IReadOnlyDictionary<string, int> PassedOver => _passedOver;

    public void PassOver(string reason, int count = 1)
    {
        if (count > 0)
        {
            _passedOver[reason] = _passedOver.GetValueOrDefault(reason) + count;
        }
    }

    public void Add(MadeRow row)
    {
        var found = new ProblemList();
        RowBlock block = _parser.ParseBlock(new LineBlock(0, 1, row.Json), row.From.File, 0, found);
        if (block.Rows is not [var parsed])
        {
            // Columns of the row mean nothing to whoever reads its source.
            foreach (Diagnostic problem in found.InOrder())
            {
                _problems.Add(problem with { Location = row.From });
            }

            return;
        }

        Digest id = parsed.Id;
        _parser.Reuse(block.Output!);
        IReadOnlyList<Diagnostic> personal = PersonalCheck.Look(row.Texts);
        if (personal.Count > 0 && rule == PersonalDataRule.Drop)
        {
            PassOver(Personal);
        }
        else if (!_known.TryAdd(id, _rows.Count))
        {
            // One of two equal rows was reviewed, so what it teaches was.
            int first = _known[id];
            _rows[first] = _rows[first] with { IsUnreviewed = _rows[first].IsUnreviewed && row.IsUnreviewed };
            PassOver(Repeated);
        }
        else
        {
            _personal.AddRange(personal);
            _personalRows += personal.Count > 0 ? 1 : 0;
            _rows.Add(row);
        }
    }

    /// <summary>Those that may be sent to somebody else's machine: what the rule forbids is refused or left out before.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1132</c>.</exception>
    public IReadOnlyList<T> MaySend<T>(IEnumerable<T> items, Func<T, IReadOnlyList<PlacedText>> texts, IStageLog log)
    {
        var may = new List<T>();
        foreach (T item in items)
        {
            IReadOnlyList<Diagnostic> personal = PersonalCheck.Look(texts(item));
            if (personal.Count > 0 && rule == PersonalDataRule.Drop)
            {
                PassOver(Personal);
                continue;
            }

            _personal.AddRange(personal);
            _personalRows += personal.Count > 0 ? 1 : 0;
            may.Add(item);
        }

        RequireNone(log);
        return may;
    }

    /// <summary>The rows as JSON Lines, in the order in which they were added. What is wrong with them was reported.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1132</c>, or the first row's problem.</exception>
    public byte[] ToBytes(IStageLog log)
    {
        IReadOnlyList<Diagnostic> problems = _problems.InOrder();
        foreach (Diagnostic problem in problems.Skip(1).Take(ProblemList.Shown))
        {
            log.Report(problem);
        }

        if (problems.Count > 0)
        {
            throw new DiagnosticException(problems[0]);
        }

        RequireNone(log);
        using var bytes = new MemoryStream();
        foreach (MadeRow row in _rows)
        {
            bytes.Write(row.Json.Span);
            bytes.WriteByte((byte)'\n');
        }

        return bytes.ToArray();
    }

    /// <summary>Whom a message that no row is left names.</summary>
    public DiagnosticException Nothing() => MakingErrors.NothingMade(source, _passedOver);

    private void RequireNone(IStageLog log)
    {
        foreach (Diagnostic finding in _personal.Take(ProblemList.Shown))
        {
            log.Report(finding with { Severity = DiagnosticSeverity.Warning });
        }

        bool secrets = _personal.Exists(PersonalCheck.IsSecret);
        if (_personalRows > 0 && (secrets || rule == PersonalDataRule.Refuse))
        {
            throw MakingErrors.PersonalData(_personal[0].Location!.Value, _personalRows, secrets);
        }

        _personal.Clear(); // said once
        _personalRows = 0;
    }
}
