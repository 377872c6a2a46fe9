using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;
using ModelOps.Core.Reporting.Data;

namespace ModelOps.Testing;

/// <summary>Made-up data of a ticket sorter with everything that the data report draws; the same on every machine.</summary>
internal static class DataCases
{
    private static readonly string[] s_queues = ["billing", "maintenance", "access", "network", "hardware"];

    public static DataReportInput Whole(bool hostile = false)
    {
        string bad = hostile ? ReportCases.Hostile : "";
        return new DataReportInput
        {
            Title = hostile ? "Contoso.<b>Triage</b>" : "Contoso.Triage",
            Sets = [Set(DatasetKind.Training, 8_214, bad), Set(DatasetKind.Validation, 1_021, bad), Set(DatasetKind.Evaluation, 1_043, bad)],
            Problems =
            [
                Diagnostic.Error("MOPS1015", $"This row of the evaluation set is also in the training set at raw/a.csv(12,1): the same question. {bad}", new SourceLocation("data/eval/a.jsonl", 7, 1)),
                .. Enumerable.Range(0, 40).Select(i => Diagnostic.Warning("MOPS1046", $"This row is nearly the same as raw/a.csv({i + 100},1) (86 % of their runs of three words are shared). Keep the better one.", new SourceLocation("raw/a.csv", 500 + i, 3))),
                Diagnostic.Warning("MOPS1041", "The text has an e-mail address. Put a placeholder in its place.", new SourceLocation("raw/share.json", 90, 14)),
                new Diagnostic("MOPS1056", DiagnosticSeverity.Info, "1 of 2 sources name no licence (first: this one).", new SourceLocation("raw/share.json")),
            ],
            Counts = new Dictionary<string, int> { ["MOPS1046"] = 212 },
            Found = new Dictionary<string, int> { ["MOPS1041"] = 3 },
            Prepared = new PreparedRecord(
                [("deduplicate", "Exact"), ("seed", "42"), ("split", "80/10/10")],
                [new PreparedSource("raw/a.csv", "Csv", "1", "MIT", null, 9_000, 8_900, ["created", "agent" + bad]), new PreparedSource("raw/share.json", "ShareGpt", "0.5", null, "training", 2_500, 2_400, [])],
                [new PreparedDrops("AnswerLength >= 2", 61, [("raw/a.csv(42)", "What about <it>?" + bad), ("raw/a.csv(77)", "Printer")]), new PreparedDrops("Deduplicate Exact", 140, [])],
                [("training", 8_214, 7_900, 0, 12), ("validation", 1_021, 990, 0, 0), ("evaluation", 1_043, 1_001, 0, 0)]),
            Licenses = new Dictionary<DatasetKind, IReadOnlyList<string>> { [DatasetKind.Training] = ["MIT"] },
        };
    }

    private static SetSummary Set(DatasetKind kind, int rows, string bad)
    {
        int[] questions = [.. Enumerable.Range(0, rows).Select(i => 6 + (i * 7919 % 41) + (i % 97 == 0 ? 120 : 0)).Order()], answers = [.. Enumerable.Range(0, rows).Select(i => 1 + (i % 3)).Order()];
        return new SetSummary(
            kind, rows, Digest.Of("set"u8), [new DatasetFile("raw/a.csv", 1_000_000, rows)], questions, answers,
            [.. s_queues.Select((q, i) => (i == 4 ? q + bad : q, rows / (i + 2)))], [("Latin", 0.97), ("Cyrillic", 0.02), ("none", 0.01)],
            [.. Enumerable.Range(0, 4).Select(i => new RowSample("raw/a.csv", i + 2, $"user: The printer on floor {i} prints nothing but stars, and the meeting is at ten. {bad}", s_queues[i]))]);
    }
}
