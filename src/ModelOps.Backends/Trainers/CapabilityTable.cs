using System.Text;

namespace ModelOps.Backends.Trainers;

/// <summary>What the trainers elsewhere can do, as the table of <c>docs/providers/README.md</c>; a test keeps the page the same as the code.</summary>
public static class CapabilityTable
{
    public static string Write()
    {
        TrainerDescription[] trainers = [.. RemoteTrainers.All.SelectMany(t => t.Families.Count > 0 ? t.Families : [t])];
        var text = new StringBuilder();
        Row("", t => RemoteTrainers.Find(t.Name)!.Families.Count > 0 ? $"`{t.Name}`: {t.Title[(t.Title.IndexOf('(', StringComparison.Ordinal) + 1)..].TrimEnd(')')}" : $"`{t.Name}`");
        Row("---", _ => "---");
        Row("methods (`FineTuneMethod`)", t => string.Join(", ", t.Methods));
        Row("the package holds", t => t.Weights == TrainedWeights.Downloaded ? "the adapter" : "a pointer");
        Row("evaluated", t => t.Weights == TrainedWeights.Downloaded ? "here" : t.Serve is null ? "there" : "there, deployed while it is asked");
        Row("key (`ModelOpsProviderKeyVariable`)", t => $"`{t.KeyVariable}`");
        Row("address (`ModelOpsProviderUrl`)", t => $"`{t.Url.AbsoluteUri}`");
        Row("fewest rows", t => t.MinimumRows.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Row("a lost job is found by", t => t.Recovery);
        foreach (string setting in trainers.SelectMany(t => t.Sent.Keys.Concat(t.NotSent.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            Row($"`{setting}`", t => t.Sent.TryGetValue(setting, out string? name) ? $"sent: `{name}`" : $"not sent: {t.NotSent[setting]}");
        }

        return text.ToString();

        void Row(string head, Func<TrainerDescription, string> cell) => text.Append("| ").Append(head).Append(" | ").AppendJoin(" | ", trainers.Select(cell)).Append(" |\n");
    }
}
