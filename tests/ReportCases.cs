using System.Globalization;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;
using ModelOps.Core.Reporting;

namespace ModelOps.Testing;

/// <summary>A made-up evaluation of a ticket sorter with everything that a report draws; the same on every machine.</summary>
internal static class ReportCases
{
    /// <summary>What an answer may hold to do harm: markup, ends of elements, terminal and CI commands, hidden and turned text.</summary>
    public const string Hostile = "<script>window.harmed=1</script><img src=x onerror=window.harmed=1></script>--> ]]> \u001b[31mred\u001b]8;;http://x\u0007 ##vso[task.complete result=Failed] "
        + "##[error]x ::error::x ##teamcity[x] \0 \u202egnirts\u202c \u2028 \u2029 \"' & =cmd|' /C calc'!A0 \ud800";

    private static readonly string[] s_queues = ["billing", "maintenance", "access", "network", "hardware", "printing"];
    private static readonly string[] s_priorities = ["low", "normal", "high"];
    private static readonly string[] s_channels = ["phone", "web form", "mail", "mail"];

    public static ReportInput Whole(int rows, bool hostile = false, bool earlier = true)
    {
        EvaluationItem[] items = [.. Enumerable.Range(0, rows).Select(Item)];
        EvaluationReport report = Evaluate(items, [
            Run("candidate", SubjectKind.Candidate, items, 78, 60, scored: true) with { Technique = SubjectTechnique.FineTune },
            Run("zero-shot", SubjectKind.Baseline, items, 31, 90) with { Technique = SubjectTechnique.Prompt },
            Run("few-shot", SubjectKind.Baseline, items, 52, 420) with { Technique = SubjectTechnique.FewShot },
            Run("floor:majority", SubjectKind.Floor, items, 2, 0),
        ], hostile);
        GateDefinition[] gates =
        [
            new() { Metric = MetricSpec.Primary, Minimum = 0.7, MinimumGain = 0.1 }, new() { Metric = new MetricSpec("FieldAccuracy", "queue"), Minimum = 0.8 },
            new() { Metric = new MetricSpec("JsonValid"), Minimum = 0.95 }, new() { Metric = new MetricSpec("MeanLoss"), Maximum = 0.6 },
        ];
        return new ReportInput
        {
            Title = hostile ? "Contoso.<b>TicketTriage</b>" : "Contoso.TicketTriage",
            Report = report,
            Verdict = GateJudge.Decide(report, gates, Quick),
            Training = Curve(),
            Measured = new MeasuredRun(report.Subjects.ToDictionary(s => s.Name, _ => new SubjectLatency(122.8, 310.4, 14.3)), 512.5, [(1, 4.5), (2, 1.8), (3, 0.5)]),
            Earlier = earlier ? new EarlierReport("Contoso.TicketTriage 1.1.0", Before(items)) : null,
        };
    }

    private static BootstrapOptions Quick { get; } = new() { Resamples = 200 };

    public static EvaluationReport Before(EvaluationItem[] items)
    {
        EvaluationItem[] then = items[(items.Length / 10)..];
        return Evaluate(then, [Run("candidate", SubjectKind.Candidate, then, 60, 60, scored: true)], hostile: false);
    }

    private static EvaluationReport Evaluate(EvaluationItem[] items, SubjectRun[] runs, bool hostile) => Evaluator.Evaluate(new EvaluationInput
    {
        Fields = new KeyFields().Add("rows", items.Length).Add("subjects", runs.Length),
        Items = items,
        Subjects = [.. runs.Select(run => hostile ? run with { Name = run.Kind == SubjectKind.Candidate ? run.Name : run.Name + "<i>", Answers = [.. run.Answers.Index().Select(a => a.Index % 5 == 0 ? a.Item with { Text = Hostile } : a.Item)] } : run)],
        Metrics = MetricRegistry.Select(items, runs[0].Answers[0].Score is not null, []),
        Bootstrap = Quick,
    });

    private static EvaluationItem Item(int row)
    {
        string queue = Pick(row, 1, s_queues), priority = Pick(row, 2, s_priorities);
        string text = $"Good morning, ticket {row}: the printer on floor {Number(row, 3) % 40} stopped since {1 + (Number(row, 4) % 11)} o'clock and nobody from {queue} answers. "
            + (priority == "high" ? "Please look at it immediately." : "Please look at it when you can.");
        return new EvaluationItem($"sha256:{Number(row, 5):x16}{row:x48}", [new PromptMessage("user", text)], $$"""{"queue":"{{queue}}","priority":"{{priority}}"}""", Pick(row, 6, s_channels));
    }

    private static SubjectRun Run(string name, SubjectKind kind, EvaluationItem[] items, int percentRight, int promptTokens, bool scored = false)
    {
        int salt = name.Length + percentRight;
        return new SubjectRun(name, kind, [.. items.Index().Select(item =>
        {
            string right = item.Item.Reference;
            string text = Number(item.Index, salt) % 100 < percentRight ? right : (Number(item.Index, salt + 1) % 4) switch
            {
                0 => right.Replace("low", "high", StringComparison.Ordinal).Replace("normal", "low", StringComparison.Ordinal),
                1 => right.Replace("access", "billing", StringComparison.Ordinal).Replace("network", "hardware", StringComparison.Ordinal),
                2 => "This looks like a matter of " + item.Item.Input[14..40],
                _ => right[..^3],
            };
            double loss = 0.05 + (Number(item.Index, salt + 2) % 1000 / 900.0);
            return new SubjectAnswer(
                text, Number(item.Index, salt + 3) % 50 == 0 ? "length" : "stop", kind == SubjectKind.Floor ? 0 : promptTokens + (Number(item.Index, 7) % 20), 12 + (Number(item.Index, 8) % 14),
                scored ? new ReferenceScore(14, 14 * loss * loss) : null);
        })]);
    }

    private static TrainingCurve Curve()
        => new([.. Enumerable.Range(0, 240).Select(step => (6.0 / (1 + (step * 0.08))) + (Number(step, 9) % 100 / 400.0))], [], null, 45460, 311296);

    private static string Pick(int row, int salt, string[] of) => of[Number(row, salt) % of.Length];

    // A small mixing function instead of a generator: every number by itself.
    private static int Number(int row, int salt)
    {
        uint x = ((uint)row * 2654435761u) ^ ((uint)salt * 2246822519u);
        x = (x ^ (x >> 15)) * 2246822519u;
        x = (x ^ (x >> 13)) * 3266489917u;
        return (int)((x ^ (x >> 16)) & 0x7fffffff);
    }

}
