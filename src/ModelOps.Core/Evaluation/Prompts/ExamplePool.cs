using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>Answered rows that a prompt shows before it asks: all of them in their order, or for each question the ones most like it (BM25).</summary>
public sealed class ExamplePool
{
    private readonly IReadOnlyList<EvaluationItem> _rows;
    private readonly Bm25Index? _index;

    private ExamplePool(IReadOnlyList<EvaluationItem> rows, int? nearest, bool fromTraining, Bm25Index? index)
        => (_rows, Nearest, FromTraining, _index) = (rows, nearest, fromTraining, index);

    /// <summary>How many rows each question gets; null: all.</summary>
    public int? Nearest { get; }

    /// <summary>How <see cref="Nearest"/> is chosen; null where the project says it.</summary>
    public ShotChoice? Choice { get; private init; }

    /// <summary>The rows are those of the training set, which the training key names.</summary>
    public bool FromTraining { get; }

    /// <summary>The same examples for every question.</summary>
    public static ExamplePool Fixed(IReadOnlyList<EvaluationItem> rows) => new(rows, null, fromTraining: false, null);

    /// <param name="count">1 or more.</param>
    /// <param name="fromTraining">The rows are the training set's.</param>
    public static ExamplePool NearestOf(IReadOnlyList<EvaluationItem> rows, int count, bool fromTraining)
        => new(rows, count, fromTraining, new Bm25Index(rows.Select(r => r.Input)));

    /// <summary>The nearest rows, as many as <paramref name="choice"/> will find best; until then the most that it tries.</summary>
    public static ExamplePool FittedOf(IReadOnlyList<EvaluationItem> rows, ShotChoice choice, bool fromTraining)
        => new(rows, choice.Counts[^1], fromTraining, new Bm25Index(rows.Select(r => r.Input))) { Choice = choice };

    /// <summary>The same pool with so many nearest rows for each question.</summary>
    public ExamplePool With(int count) => new(_rows, count, FromTraining, _index) { Choice = Choice };

    /// <summary>The examples for one question. The nearest one comes last, beside the question; a row that shares no word with it is none.</summary>
    public IReadOnlyList<EvaluationItem> For(EvaluationItem item)
        => _index is null ? _rows : [.. _index.Search(item.Input, Nearest!.Value).Select(hit => _rows[hit.Document]).Reverse()];

    /// <summary>Part of the prompt's fields.</summary>
    public KeyFields AddTo(KeyFields fields)
    {
        _ = Choice is { } choice ? choice.AddTo(fields) : fields.Add("shots", Nearest ?? -1);
        return FromTraining ? fields : fields.Add("examples", Digest.Of(new KeyFields().Add("rows", _rows.Select(Content)).ToCanonicalJson()));
    }

    private static KeyFields Content(EvaluationItem row)
    {
        var values = new KeyFields();
        foreach ((string name, string value) in row.Fields ?? new Dictionary<string, string>())
        {
            values.Add(name, value);
        }

        return new KeyFields().Add("input", row.Input).Add("answer", row.Reference).Add("fields", values);
    }
}
