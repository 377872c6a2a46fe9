using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Models;

namespace ModelOps.Worker.Verbs;

/// <summary>Writes a model whose weights hold an adapter's update: a base model for the next adapter. The output folder appears when it is complete.</summary>
internal static class MergeVerb
{
    public static ResultEvent Run(MergeRequest request, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var model = LlamaModel.Load(request.Model);
        using var adapter = LoraAdapter.Load(request.Adapter, model.Config);
        string prepared = $"{request.Output}.{Environment.ProcessId:x}.tmp";
        try
        {
            ModelFolder.Save(model, request.Model, prepared, adapter, cancellation);
            FolderSwap.Replace(request.Output, prepared);
        }
        finally
        {
            FolderSwap.Delete(prepared);
        }

        return new ResultEvent
        {
            Seconds = clock.Elapsed.TotalSeconds,
            Architecture = model.Config.ModelType,
            Parameters = model.Config.ParameterCount,
        };
    }
}
