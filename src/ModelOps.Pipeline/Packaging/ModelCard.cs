using System.Globalization;
using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Packaging;

/// <summary>The model card, which is the package's readme too.</summary>
internal static class ModelCard
{
    public static string Write(PackageFacts facts)
    {
        string name = facts.Package.Id;
        string type = name[(name.LastIndexOf('.') + 1)..];
        var text = new StringBuilder(ModelCardMetadata.Write(facts)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"# {name} {facts.Package.Version}\n\n{ForeignText.Clean(facts.Says.Details.Description, 2000)}\n\n");
        text.Append("## Use\n\n");
        text.Append(CultureInfo.InvariantCulture, $"```xml\n<PackageReference Include=\"{name}\" Version=\"{facts.Package.Version}\" />\n```\n\n");
        text.Append("```csharp\nusing Microsoft.Extensions.AI;\nusing ModelOps.Runtime;\n\n");
        text.Append(CultureInfo.InvariantCulture, $"using IChatClient client = ModelChatClient.Open({type}.Path);\n");
        text.Append("ChatResponse response = await client.GetResponseAsync(text);\n```\n\n");
        text.Append("## What it is\n\n| | |\n|---|---|\n");
        Row("method", facts.Method);
        if (facts.Tuned is { } tuned)
        {
            Row("model", $"`{tuned.Model}` at {tuned.Trainer}{(tuned.Retires is { } day ? $", until {day:yyyy-MM-dd}" : "")}; the package holds no weights");
            Row("tuned from", $"`{tuned.BaseModel}`");
        }

        Row("base model", facts.Base is { } b ? $"{b.Id} {b.Version}, `{facts.BaseModel.Digest}`" : $"`{facts.BaseModel.Digest}`");
        if (TorchInstallation.TrainedBy(facts.Training.Fields) is { } worker)
        {
            Row("trained by", $"{worker}; another device, driver or processor may give other bytes");
        }

        Row("training key", $"`{facts.Training.Key}`");
        Row("licence", facts.Says.Details.License);
        Row("licence of the base model", facts.BaseLicense);
        foreach (DatasetSet set in facts.Dataset.Sets)
        {
            Row($"{set.Kind.ToString().ToLowerInvariant()} rows", $"{set.Rows.Count}, `{set.Digest}`{string.Concat(facts.Says.LicensesOf(set.Kind).Select(license => $", {license}"))}");
        }

        Row("data card", "`report/data.md` in the package: sources, licences, lengths, labels, what was dropped");
        text.Append('\n').Append(ReportMarkdown.Write(facts.Report, facts.Verdict));
        return text.ToString();

        void Row(string key, string value) => text.Append(CultureInfo.InvariantCulture, $"| {key} | {value} |\n");
    }
}
