using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Making;

namespace ModelOps.Pipeline.Making;

/// <summary>Rows from logs of production: what people accepted or corrected.</summary>
public static class ImportLogs
{
    /// <returns>Null when a line cannot be read; the problems were reported.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS1132</c> to <c>MOPS1134</c>; nothing was written.</exception>
    public static MakingResult? Run(MakingRequest request, IStageLog log, CancellationToken cancellation)
    {
        MadeFile.RequireOurs(request.Output);
        string[] files = MakingSources.Files(request.Sources, ".jsonl");
        if (ExchangeLog.Read(files, log, cancellation) is not { } logs)
        {
            return null;
        }

        var rows = new MadeRows(files.FirstOrDefault() ?? request.Output, request.PersonalData);
        int corrected = LogRows.AddTo(rows, logs.Exchanges, request.Unreviewed);
        rows.PassOver("rival answers", logs.Rivals.Count);
        var about = new MadeFrom("logs", default, 0)
        {
            Inputs = [.. files.Select(MadeInput.Of)],
            Settings = new KeyFields().Add("unreviewed", request.Unreviewed).Add("personalData", Word(request.PersonalData)),
        };
        MadeFrom made = MadeFile.Write(request.Output, rows, about, log);
        return new MakingResult(request.Output, made, $"{MakingSources.Rows(made.Rows)} of {logs.Exchanges.Count} exchanges, {corrected} of them corrected{MakingSources.PassedOver(made.PassedOver)}");
    }

    internal static string Word(PersonalDataRule rule) => rule.ToString().ToLowerInvariant();
}
