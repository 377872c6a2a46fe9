using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Planning;

/// <summary>A plan for people and for programs.</summary>
public static class PlanText
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line per stage and one for the whole.</summary>
    public static IEnumerable<string> Lines(PlanResult plan)
    {
        foreach (StagePlan stage in plan.Stages)
        {
            string time = stage.Time is { } t ? $", about {Duration(t.Seconds)} ({t.Runs} past run{(t.Runs == 1 ? "" : "s")}), {stage.Price}"
                : stage.State == StageState.Work ? $", time unknown (nothing like it has run here), {stage.Price}" : "";
            string what = stage.State switch
            {
                StageState.UpToDate => "up to date",
                StageState.Unknown => stage.Reason,
                _ => $"{stage.Verb}{Origin(stage)}: {stage.Reason}",
            };
            yield return $"  {stage.Stage,-11} {what}{time}";
        }

        bool works = plan.Stages.Any(s => s.State == StageState.Work);
        bool resolves = plan.Stages.Any(s => s.Stage == Configuration.Names.Resolve && s.State is StageState.Work or StageState.Restore);
        yield return resolves ? $"{plan.Project}: what it takes of other projects comes first"
            : plan.Stages.Any(s => s.State == StageState.Unknown) ? $"{plan.Project}: errors come first"
            : !works ? $"{plan.Project}: no model would work"
            : $"{plan.Project}: about {Duration(plan.Seconds)} of model work{(plan.HasUnknownTime ? ", and some of unknown length" : "")}";
    }

    /// <summary>One object; the shape is in <c>docs/cli.md</c>.</summary>
    public static string Json(PlanResult plan, string project) => JsonSerializer.Serialize(
        new
        {
            verb = "plan",
            project,
            stale = plan.IsStale,
            seconds = Math.Round(plan.Seconds, 1),
            stages = plan.Stages.Select(s => new
            {
                stage = s.Stage,
                state = char.ToLowerInvariant(s.State.ToString()[0]) + s.State.ToString()[1..],
                verb = s.Verb,
                from = s.From,
                reason = s.Reason,
                stale = s.Stale,
                seconds = s.Time is { } t ? Math.Round(t.Seconds, 1) : (double?)null,
                pastRuns = s.Time?.Runs ?? 0,
                price = new { backEnd = s.Price.BackEnd, amount = s.Price.Amount, currency = s.Price.Currency },
            }),
        },
        s_json);

    private static string Origin(StagePlan stage) => stage.From is "" or StagePlan.Store ? "" : $" from the feed '{ForeignText.Clean(stage.From, 100)}'";

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
            : time.TotalMinutes >= 1 ? $"{(int)time.TotalMinutes} min {time.Seconds} s"
            : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s");
    }
}

/// <summary>Modes of a build: MOPS2111 to MOPS2113.</summary>
public static class PlanErrors
{
    public static Diagnostic UnknownMode(string value, string? meant, string project)
        => Diagnostic.Error("MOPS2111", $"ModelOpsMode is '{ForeignText.Clean(value, 40)}'; {(meant is null ? "expected Build, Plan or Verify" : $"'{meant}' was probably meant")}.", new SourceLocation(project));

    public static Diagnostic Stale(string project, StagePlan stage)
        => Diagnostic.Error("MOPS2112", $"{stage.Stage} is stale: {(stage.Verb.Length > 0 ? $"{stage.Verb}: " : "")}{stage.Reason}. ModelOpsMode=Verify builds nothing. Build the project, or give this machine the store that has the result.", new SourceLocation(project));
}
