using System.Globalization;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>Rows against what is asked in production, and properties of rows that mean nothing.</summary>
public sealed class ProductionShiftTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 5, 30, new string[0])] // the same source
    [InlineData(1, 30, 90, new[] { "MOPS1069" })] // longer questions of the same words
    [InlineData(3, 5, 30, new[] { "MOPS1068" })] // a third of the words are others
    [InlineData(3, 30, 90, new[] { "MOPS1068", "MOPS1069" })]
    public void A_log_is_compared_in_words_and_lengths(int vocabulary, int least, int most, string[] expected)
        => Assert.Equal(expected, Find(Questions(1, 400, 1, 5, 30), Questions(2, 200, vocabulary, least, most)).Select(d => d.Code));

    [Fact]
    public void Logs_are_read_in_both_shapes_and_what_asks_nothing_is_named()
    {
        string[] log = [.. Questions(2, 40, 1, 5, 30), """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],"status":200}""", "{", "[1]", """{"messages":[{"role":"assistant","content":"a"}]}""", """{"messages":[7]}""", ""];
        Assert.Equal(
            [("MOPS1070", 42), ("MOPS1070", 43), ("MOPS1070", 44), ("MOPS1070", 45)], Find(Questions(1, 400, 1, 5, 30), log).Select(d => (d.Code, d.Location!.Value.Line)));
        Assert.Empty(Find(Questions(1, 400, 1, 5, 30), Questions(2, 20, 9, 90, 99))); // too few to say
    }

    [Fact]
    public void A_misspelt_property_is_a_warning_another_one_a_note_and_each_is_said_once()
    {
        string[] rows =
        [
            """{"prompt":"a","completion":"b","slice":"x"}""", """{"prompt":"c","completion":"d","slcie":"x"}""", """{"prompt":"e","completion":"f","slcie":"x","exported":"2026-01-01"}""",
            """{"prompt":"g","completion":"h","tools":[]}""",
        ];
        var findings = new Findings();
        DatasetReader.Read([_folder.Write("a.jsonl", string.Join('\n', rows))], DatasetKind.Training, new ReadOptions { Checks = new DataChecks { Findings = findings } }, new RecordingLog(), CancellationToken.None);
        Diagnostic[] found = [.. findings.InOrder().Where(d => d.Code == "MOPS1067")];
        Assert.Equal([(DiagnosticSeverity.Warning, 2, 32), (DiagnosticSeverity.Info, 3, 44)], found.Select(d => (d.Severity, d.Location!.Value.Line, d.Location.Value.Column)));
        Assert.Contains("2 rows have the property 'slcie'", found[0].Message, StringComparison.Ordinal);
        Assert.EndsWith("Did you mean 'slice'?", found[0].Message, StringComparison.Ordinal);
    }

    // One word in so many is of another vocabulary.
    private static IEnumerable<string> Questions(int seed, int count, int vocabulary, int least, int most)
    {
        var random = new Random(seed);
        string Word() => (vocabulary > 1 && random.Next(vocabulary) == 0 ? "x" : "w") + random.Next(300).ToString(CultureInfo.InvariantCulture);
        return Enumerable.Range(0, count).Select(_ => $$"""{"prompt":"{{string.Join(' ', Enumerable.Range(0, random.Next(least, most)).Select(_ => Word()))}}","completion":"a"}""");
    }

    private IReadOnlyList<Diagnostic> Find(IEnumerable<string> rows, IEnumerable<string> log)
    {
        Dataset training = DatasetReader.Read([_folder.Write("train.jsonl", string.Join('\n', rows))], DatasetKind.Training, new ReadOptions(), new RecordingLog(), CancellationToken.None)!;
        var findings = new Findings();
        ProductionShift.Check(training, [_folder.Write("log.jsonl", string.Join('\n', log))], findings, CancellationToken.None);
        return findings.InOrder();
    }
}
