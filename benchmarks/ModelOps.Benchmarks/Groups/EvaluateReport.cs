using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Protocol;
using ModelOps.Core.Reporting;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// A build that has every answer: 10,000 held-out rows, candidate and three baselines from the store, two floors, all figures with their intervals, five bounds, verdict and page.
/// No model runs.
/// </summary>
internal static class EvaluateReport
{
    private const int Rows = 10_000, TrainingRows = 1_000;
    private const double Limit = 2;

    private static readonly string[] s_queues = ["billing", "maintenance", "access", "network", "hardware", "printing"];
    private static readonly string[] s_priorities = ["low", "normal", "high"];
    private static readonly (string Name, SubjectKind Kind, int Right)[] s_asked =
        [("candidate", SubjectKind.Candidate, 80), ("zero-shot", SubjectKind.Baseline, 30), ("few-shot", SubjectKind.Baseline, 50), ("retrieval", SubjectKind.Baseline, 60)];

    public static IEnumerable<Measure> Measures(string root)
    {
        var replay = new Lazy<Replay>(() => new Replay(Path.Combine(Scratch.Folder, "evaluate-report")));
        yield return new Measure("evaluate/report", "s", "<=", 1, () => replay.Value.Seconds(), () => Limit) { Prepare = () => replay.Value.Seconds() };
    }

    private sealed class Replay
    {
        private readonly string _folder;
        private readonly ModelStore _store;
        private readonly EvaluationItem[] _items;
        private readonly TrainingExample[] _training;

        public Replay(string folder)
        {
            _folder = Directory.CreateDirectory(folder).FullName;
            _store = new ModelStore(Path.Combine(folder, "store"), new NoLog());
            _items = [.. Enumerable.Range(0, Rows).Select(i => new EvaluationItem(Digest.Of(BitConverter.GetBytes(i)).ToString(), [new PromptMessage("user", Input(i))], Reference(i)))];
            _training = [.. Enumerable.Range(Rows, TrainingRows).Select(i => new TrainingExample(Input(i), Reference(i)))];
            foreach ((string name, SubjectKind _, int right) in s_asked)
            {
                AnswerLine[] answers = [.. _items.Select((item, i) => new AnswerLine(item.Id, 0, Number(i, right) % 100 < right ? item.Reference : Reference(i + 1), 120 + right, 14, "stop", 12.5))];
                _store.Answers.PutAsync(KeyOf(name), answers, CancellationToken.None).GetAwaiter().GetResult();
            }
        }

        public double Seconds()
        {
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            Run();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        private void Run()
        {
            SubjectRun[] runs = [.. s_asked.Select(s => SubjectRun.Join(s.Name, s.Kind, _items, _store.Answers.Get(KeyOf(s.Name)).Values))];
            EvaluationReport computed = Evaluator.Evaluate(new EvaluationInput
            {
                Fields = new KeyFields().Add("rows", Rows), Items = _items, Subjects = [.. runs, .. FloorSubjects.Of(_training, _items)], Metrics = MetricRegistry.Select(_items, scored: false, []),
            });
            string evaluation = Path.Combine(_folder, "eval.json");
            AtomicFile.Write(evaluation, EvaluationJson.Write(computed));

            // The gates and the page read what Evaluate left, as in a build.
            EvaluationReport report = EvaluationJson.Read(evaluation);
            Verdict verdict = GateJudge.Decide(report, [
                new() { Metric = MetricSpec.Primary, Minimum = 0.7, MinimumGain = 0.1 }, new() { Metric = new MetricSpec("FieldAccuracy", "queue"), Minimum = 0.8 },
                new() { Metric = new MetricSpec("JsonValid"), Minimum = 0.95 }, new() { Metric = new MetricSpec("MacroF1", "queue"), MinimumGain = 0 },
            ]);
            AtomicFile.Write(Path.Combine(_folder, "verdict.json"), VerdictJson.Write(verdict));
            AtomicFile.Write(Path.Combine(_folder, "index.html"), HtmlReport.Write(new ReportInput { Title = "Contoso.TicketTriage", Report = report, Verdict = verdict }));
        }

        private static ActionKey KeyOf(string name) => new KeyFields().Add("name", name).ToKey("answers");

        private static string Reference(int row) => $$"""{"queue":"{{s_queues[Number(row, 1) % s_queues.Length]}}","priority":"{{s_priorities[Number(row, 2) % s_priorities.Length]}}"}""";

        private static string Input(int row)
            => $"Ticket {row}: the {s_queues[Number(row, 3) % s_queues.Length]} on floor {Number(row, 4) % 40} stopped at {Number(row, 5) % 12} o'clock and nobody answers, please send somebody from {s_queues[Number(row, 1) % s_queues.Length]}.";

        // Every number by itself, without a generator's order.
        private static int Number(int row, int salt)
        {
            uint x = ((uint)row * 2654435761u) ^ ((uint)salt * 2246822519u);
            x = (x ^ (x >> 15)) * 2246822519u;
            return (int)((x ^ (x >> 13)) & 0x7fffffff);
        }
    }

    private sealed class NoLog : IStageLog
    {
        public void Report(Diagnostic diagnostic) => throw new DiagnosticException(diagnostic);

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
