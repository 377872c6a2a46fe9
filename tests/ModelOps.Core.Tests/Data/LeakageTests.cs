using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

public sealed class LeakageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    private Dataset Set(DatasetKind kind, params (string Question, string Answer)[] rows) => DatasetReader.Read(
        [_folder.Write($"{kind}.jsonl", string.Concat(rows.Select(r => $$"""{"prompt":"{{r.Question}}","completion":"{{r.Answer}}"}""" + "\n")))],
        kind, _log, CancellationToken.None)!;

    [Fact]
    public void Separate_sets_pass()
    {
        Assert.True(Leakage.Check([Set(DatasetKind.Training, ("a", "1"), ("b", "2")), Set(DatasetKind.Evaluation, ("c", "1"))], _log));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void The_same_row_and_the_same_question_are_found_with_both_places()
    {
        Dataset training = Set(DatasetKind.Training, ("Where is my card?", "cards"), ("b", "2")), validation = Set(DatasetKind.Validation, ("v", "3"));
        Dataset evaluation = Set(DatasetKind.Evaluation, ("new", "4"), (" where IS  my\\ncard?", "other"), ("v", "3"));
        Dataset regression = Set(DatasetKind.Regression, ("b", "2"));
        Assert.False(Leakage.Check([regression, evaluation, training, validation], _log));
        Assert.Equal(["MOPS1015", "MOPS1015", "MOPS1015"], _log.Codes);
        Assert.Equal([2, 3, 1], _log.Diagnostics.Select(d => d.Location!.Value.Line));
        Assert.Contains($"training set at {_folder.In("Training.jsonl")}(1,1): the same question", _log.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Contains($"validation set at {_folder.In("Validation.jsonl")}(1,1): the same row", _log.Diagnostics[1].Message, StringComparison.Ordinal);
        Assert.EndsWith("Regression.jsonl", _log.Diagnostics[2].Location!.Value.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_rows_in_the_validation_set_are_a_warning()
    {
        Assert.True(Leakage.Check([Set(DatasetKind.Training, ("a", "1"), ("b", "2")), Set(DatasetKind.Validation, ("a", "1"), ("c", "3"))], _log));
        Diagnostic warning = Assert.Single(_log.Diagnostics);
        Assert.Equal(("MOPS1024", DiagnosticSeverity.Warning), (warning.Code, warning.Severity));
        Assert.StartsWith("1 of 2 validation rows", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_leaks_are_counted()
    {
        var rows = Enumerable.Range(0, 50).Select(i => ($"q{i}", "a")).ToArray();
        Assert.False(Leakage.Check([Set(DatasetKind.Training, rows), Set(DatasetKind.Evaluation, rows)], _log));
        Assert.Equal(21, _log.Diagnostics.Count);
        Assert.Contains("30 more", _log.Diagnostics[20].Message, StringComparison.Ordinal);
    }
}
