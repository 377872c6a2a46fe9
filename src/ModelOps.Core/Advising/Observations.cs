using ModelOps.Core.Evaluation;
using static ModelOps.Core.Advising.AdviceCase;

namespace ModelOps.Core.Advising;

/// <summary>What every rule saw, whichever of them decided; and what nobody measured, with the way to measure it.</summary>
internal static class Observations
{
    public static IEnumerable<AdviceReason> Of(AdviceCase project) => new[]
    {
        Rows(project), Gain(project), Floors(project), Passages(project), Refused(project), Curve(project), Forgetting(project), Changes(project), Sources(project),
        Latency(project), Length(project), Domain(project), Weights(project), Money(project),
    }.SelectMany(r => r);

    private static IEnumerable<AdviceReason> Rows(AdviceCase project)
    {
        int rows = project.Evidence.TrainingRows;
        yield return new AdviceReason("rows", rows < project.Thresholds.LittleRows ? ReasonKind.Against : ReasonKind.Note, Text($"{rows} training rows, {project.Evidence.HeldOutRows ?? 0} held out"));
    }

    private static IEnumerable<AdviceReason> Gain(AdviceCase project)
    {
        if (project.Best(project.Tuned) is not { } tuned)
        {
            yield return new AdviceReason("gain", ReasonKind.NotMeasured, "what tuning gains: 'dotnet modelops advise --run', or build");
        }
        else if (project.BestUntuned is { } other)
        {
            Difference gain = project.Compare(tuned, other);
            yield return new AdviceReason("gain", project.IsGain(gain) ? ReasonKind.For : ReasonKind.Against, Text($"{Name(tuned)} {tuned.Value:0.000} against {Name(other)} {other.Value:0.000}: {Figure(gain)}, {project.Bar:0.000} is asked for"));
        }
        else if (!project.Prompts.Any())
        {
            yield return new AdviceReason("gain", ReasonKind.NotMeasured, "what a prompt does: a .prompty file in prompts/");
        }
    }

    private static IEnumerable<AdviceReason> Floors(AdviceCase project)
    {
        if (project.Best(project.Floors) is { } floor && project.Best(project.Tuned) is { } tuned)
        {
            Difference over = project.Compare(tuned, floor);
            yield return new AdviceReason("floor", over.IsShown ? ReasonKind.For : ReasonKind.Against, Text($"{Name(floor)} needs no model and has {floor.Value:0.000}: {Name(tuned)} is {Figure(over)} better"));
        }
    }

    private static IEnumerable<AdviceReason> Passages(AdviceCase project)
    {
        if (project.Best(project.Retrievals) is { } retrieval)
        {
            double closed = DecidingRules.ClosedGap(project, project.Best(project.Prompts), retrieval, project.Best(project.Tuned));
            yield return new AdviceReason("facts", closed >= project.Thresholds.GapClosed ? ReasonKind.Against : ReasonKind.For, Text($"passages ({Name(retrieval)}, {retrieval.Value:0.000}) close {closed:P0} of the gap between prompt and tuned model"));
        }
        else
        {
            yield return new AdviceReason("facts", ReasonKind.NotMeasured, $"whether answers can be looked up: {(project.Evidence.HasDocuments ? "" : "Documents items and ")}a PromptBaseline with Passages");
        }

        if (project.Evidence.Novelty is { } novelty)
        {
            yield return new AdviceReason("facts", ReasonKind.Note, Text($"{novelty:P0} of the answers' words stand neither in their question nor in the usual answer"));
        }
    }

    private static IEnumerable<AdviceReason> Refused(AdviceCase project)
        => project.Evidence.Subjects.Where(s => s.Kind != SubjectKind.Floor).Select(project.Refusal).OfType<string>().Distinct(StringComparer.Ordinal)
            .Select(why => new AdviceReason("limits", ReasonKind.Note, $"out of the question: {why}"));

    private static IEnumerable<AdviceReason> Curve(AdviceCase project)
    {
        if (project.Evidence.Curve is not { } curve)
        {
            yield return new AdviceReason("curve", ReasonKind.NotMeasured, "what more rows would do: 'dotnet modelops advise --run' trains on a quarter and on half of them");
            yield break;
        }

        CurveForecast twice = curve.At(curve.Last.Rows * 2);
        string points = string.Join(", ", curve.Points.Select(p => Text($"{p.Rows} rows {p.Sample.Value():0.000}")));
        yield return new AdviceReason("curve", ReasonKind.Note, Text($"{points}; with {twice.Rows:0} perhaps {twice.Value:0.000} [{twice.Interval.Lower:0.000}, {twice.Interval.Upper:0.000}]"));
    }

    private static IEnumerable<AdviceReason> Forgetting(AdviceCase project)
    {
        yield return project.Evidence.Forgetting is { } loss
            ? new AdviceReason("forgetting", project.Unlearns ? ReasonKind.Against : ReasonKind.Note, Text($"on {loss.Rows} rows of regression data the tuned model is {-loss.Loss:+0.000;-0.000;0.000} against its base"))
            : new AdviceReason("forgetting", ReasonKind.NotMeasured, "what tuning unlearns: RegressionData, for example $(ModelOpsProbes)");
    }

    private static IEnumerable<AdviceReason> Changes(AdviceCase project)
    {
        yield return project.Evidence.Changes is { } changes && changes.Days >= project.Thresholds.LeastHistoryDays
            ? new AdviceReason("changes", project.AgesTooFast ? ReasonKind.Against : ReasonKind.Note, Text($"{changes.ReplacedPerMonth:P0} of the rows are replaced in a month ({changes.Days:0} days of git's history)"))
            : new AdviceReason("changes", ReasonKind.NotMeasured, Text($"how often the rows change: git has less than {project.Thresholds.LeastHistoryDays:0} days of them"));
    }

    private static IEnumerable<AdviceReason> Sources(AdviceCase project)
    {
        yield return project.Facts.MustCite switch
        {
            true => new AdviceReason("cite", ReasonKind.Against, "answers must name their source, which weights cannot: ModelOpsMustCite"),
            false => new AdviceReason("cite", ReasonKind.Note, "answers need not name a source"),
            _ => new AdviceReason("cite", ReasonKind.NotMeasured, "whether answers must name their source: the property ModelOpsMustCite"),
        };
    }

    private static IEnumerable<AdviceReason> Latency(AdviceCase project)
    {
        if (project.Facts.LatencyLimit is not { } limit)
        {
            yield return new AdviceReason("latency", ReasonKind.NotMeasured, "how fast an answer must be: the property ModelOpsLatencyLimit, in milliseconds");
        }
        else if (project.Best(project.Tuned) is { Milliseconds: { } time } tuned)
        {
            yield return new AdviceReason("latency", time <= limit ? ReasonKind.For : ReasonKind.Against, Text($"{Name(tuned)} answers in {time:0} ms at the 95th percentile, the limit is {limit:0} ms"));
        }
    }

    private static IEnumerable<AdviceReason> Length(AdviceCase project)
    {
        if (project.Best(project.Tuned) is { PromptTokens: > 0 } tuned && project.BestUntuned is { PromptTokens: > 0 } other)
        {
            yield return new AdviceReason("length", tuned.PromptTokens < other.PromptTokens ? ReasonKind.For : ReasonKind.Note, Text($"a request to {Name(tuned)} has {tuned.PromptTokens:0} prompt tokens, to {Name(other)} {other.PromptTokens:0}"));
        }
    }

    private static IEnumerable<AdviceReason> Domain(AdviceCase project)
    {
        yield return project.Evidence.BaseLoss is not { } loss
            ? new AdviceReason("domain", ReasonKind.NotMeasured, "whether the base model knows the domain: the first step of a training here tells its loss on the rows")
            : loss <= project.Thresholds.KnownLoss ? new AdviceReason("domain", ReasonKind.Against, Text($"the base model knows the domain: {loss:0.00} nats a token on the rows before training"))
            : new AdviceReason("domain", loss >= project.Thresholds.ForeignLoss ? ReasonKind.For : ReasonKind.Note, Text($"the base model has {loss:0.00} nats a token on the rows before training{(loss >= project.Thresholds.ForeignLoss ? ": the domain is foreign to it" : "")}"));
    }

    private static IEnumerable<AdviceReason> Weights(AdviceCase project)
    {
        yield return project.Facts.OwnWeights is { } own
            ? new AdviceReason("weights", ReasonKind.Note, own ? "the weights must be one's own: no model that somebody else keeps" : "the weights may be somebody else's")
            : new AdviceReason("weights", ReasonKind.NotMeasured, "whether the weights must be one's own (sovereignty, lock-in): the property ModelOpsOwnWeights");
        if (!project.Others.Any())
        {
            yield return new AdviceReason("another", ReasonKind.NotMeasured, "whether a larger model under a prompt is simply better: a ModelEndpoint and a PromptBaseline with Endpoint");
        }
    }

    private static IEnumerable<string> Missing(TrainingEconomy money) => new (bool Is, string What)[]
    {
        (money.RequestsPerMonth is null, "ModelOpsRequestsPerMonth"), (money.SavingThousand is null, "the prices of both"), (!money.PeopleSaid, "\"money\" in advise.json (hours, hosting, maintenance)"),
    }.Where(m => m.Is).Select(m => m.What);

    private static IEnumerable<AdviceReason> Money(AdviceCase project)
    {
        if (project.Money is not { } money)
        {
            yield return new AdviceReason("money", ReasonKind.NotMeasured, "what it costs: prices.json, ModelOpsRequestsPerMonth, and \"money\" in advise.json");
            yield break;
        }

        string payback = money.PaybackMonths switch
        {
            null => $"whether it pays back is not known without {string.Join(", ", Missing(money))}",
            double.PositiveInfinity => "the savings never pay for it",
            { } months => Text($"paid back in {months:0.0} months"),
        };
        string breakEven = money.BreakEvenRequests is { } requests ? Text($"; break-even at {requests:0} requests a month") : "";
        yield return new AdviceReason("money", money.PaybackMonths is { } m && m <= project.Thresholds.PaybackMonths ? ReasonKind.For : ReasonKind.Note,
            Text($"{money.Once:0.00} {money.Currency} until the first release ({money.Iterations} trainings{(money.TrainingTokens is { } tokens ? Text($" of {tokens} tokens, {(money.TokensAreExact ? "counted" : "estimated")},") : "")} and evaluations, {money.DataHours:0.#} hours for data), then {money.Monthly:0.00} a month{breakEven}; {payback}"));
    }
}
