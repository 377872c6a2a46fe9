using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>A judge and who it is.</summary>
internal sealed record JudgePlan(JudgeItem Item, Respondent Respondent)
{
    /// <summary>The metric that its scores are.</summary>
    public MetricSpec Metric => new(MetricRegistry.Judge, Item.Name);

    /// <param name="whoIs">The respondent that an item names, or the base model.</param>
    public static IReadOnlyList<JudgePlan> Of(ProjectInputs inputs, Func<string?, ItemReader, Respondent> whoIs, IStageLog log)
    {
        JudgePlan[] judges = [.. inputs.OfType(Names.ModelJudge).Select(item => JudgeItem.Parse(inputs, item)).Select(item => new JudgePlan(item, whoIs(item.Endpoint, item.Source)))];
        string tuned = RemoteSettings.PointsElsewhere(inputs)?.Model ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(inputs.BaseModelDirectory));
        foreach (JudgePlan judge in judges)
        {
            string model = judge.Respondent is EndpointModel endpoint ? endpoint.Options.Model : judge.Respondent is LocalModel ? tuned : "";
            if (judge.Respondent is LocalModel || ModelFamily.AreRelated(model, tuned))
            {
                log.Report(EvaluateErrors.JudgeOfTheFamily(judge.Item.Name, model, tuned, judge.Item.Source.At()));
            }
        }

        return judges;
    }

    /// <summary>Part of the evaluation key: who judges by what, and the people's labels.</summary>
    public KeyFields ToFields()
    {
        KeyFields fields = Item.ToFields().Add("respondent", Respondent.Identity);
        return Item.Humans is { } file && File.Exists(file) ? fields.Add("humans", Digest.Of(File.ReadAllBytes(file))) : fields;
    }
}
