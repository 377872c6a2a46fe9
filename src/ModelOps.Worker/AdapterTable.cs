using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;

namespace ModelOps.Worker;

/// <summary>The adapters of a request over its one model: the default one, which the model has opened, and those that prompts name.</summary>
internal sealed class AdapterTable : IDisposable
{
    private readonly List<LoraAdapter> _named = [];
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly LoraAdapter? _default;

    private AdapterTable(LoraAdapter? byDefault) => _default = byDefault;

    /// <summary>The default one first, where there is one.</summary>
    public IReadOnlyList<LoraAdapter> All => _default is null ? _named : [_default, .. _named];

    public static AdapterTable Load(GenerateRequest request, ChatModel model)
    {
        var table = new AdapterTable(model.Adapter);
        try
        {
            foreach (var (name, folder) in request.Adapters ?? new Dictionary<string, string>())
            {
                table._indexes.Add(name, table.All.Count);
                table._named.Add(LoraAdapter.Load(folder, model.Model.Config));
            }

            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <exception cref="DiagnosticException">The prompt names an adapter that the request does not have.</exception>
    public int IndexOf(Numbered<PromptLine> line)
    {
        if (line.Value.Adapter is not { } name)
            return _default is null ? GenerationPrompt.NoAdapter : 0;
        return _indexes.TryGetValue(name, out int index) ? index
            : throw new DiagnosticException(WorkerErrors.BadRow(line.At, $"it names the adapter '{name}'; the request has {(_indexes.Count == 0 ? "none" : string.Join(", ", _indexes.Keys))}"));
    }

    public void Dispose() => _named.ForEach(adapter => adapter.Dispose());
}
