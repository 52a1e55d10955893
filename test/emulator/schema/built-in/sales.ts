/** What is sold and ordered. */
import type { TableDefinitions } from "../definition.ts";
import { addressColumns } from "./address.ts";
import { columns, customer, link, money, numbered, text } from "./form.ts";
import { lifecycle } from "./lifecycle.ts";

const billions = "1000000000000";

export const sales: TableDefinitions = {
  product: {
    schema_name: "Product",
    label: "Product",
    object_type_code: 1024,
    ownership: "organization",
    notes: true,
    primary_name: "name",
    columns: columns({
      Name: { ...text(100), required: "ApplicationRequired" },
      ProductNumber: { ...text(100, "Product ID"), required: "ApplicationRequired" },
      Description: { type: "memo", max_length: 2000 },
      Price: { ...money(billions), label: "List Price" },
      StandardCost: money(billions),
      QuantityDecimal: { type: "integer", min: 0, max: 5, label: "Decimals Supported" },
      QuantityOnHand: { type: "decimal", min: 0, max: "1000000000", precision: 5 },
      ProductTypeCode: {
        type: "choice",
        label: "Product Type",
        options: numbered(["Sales Inventory", "Miscellaneous Charges", "Services", "Flat Fees"]),
      },
      ...lifecycle(["Active", "Retired", "Draft", "Under Revision"], {
        0: ["Draft", 2],
        1: ["Active", 0],
        2: ["Retired", 1],
        3: ["Under Revision", 3],
      }),
    }),
  },
  salesorder: {
    schema_name: "SalesOrder",
    label: "Order",
    object_type_code: 1088,
    notes: true,
    activities: true,
    primary_name: "name",
    columns: columns({
      Name: { ...text(300), required: "SystemRequired" },
      OrderNumber: { ...text(100, "Order ID"), autonumber: "ORD-{SEQNUM:5}-{RANDSTRING:6}" },
      Description: { type: "memo", max_length: 2000 },
      CustomerId: customer("Potential Customer", "order_customer"),
      TotalAmount: money(billions, `-${billions}`),
      FreightAmount: money(billions),
      DiscountAmount: money(billions),
      DiscountPercentage: { type: "decimal", min: 0, max: 100, precision: 2, label: "Order Discount (%)" },
      SubmitDate: { type: "dateonly", label: "Date Submitted" },
      RequestDeliveryBy: { type: "dateonly", label: "Requested Delivery Date" },
      DateFulfilled: { type: "dateonly", label: "Date Fulfilled" },
      PriorityCode: { type: "choice", label: "Priority", options: { 1: "Default Value" }, default: 1 },
      ...addressColumns("ShipTo"),
      ...lifecycle(["Active", "Submitted", "Canceled", "Fulfilled", "Invoiced"], {
        1: ["New", 0],
        2: ["Pending", 0],
        3: ["In Progress", 1],
        4: ["No Money", 2],
        100001: ["Complete", 3],
        100002: ["Partial", 3],
        100003: ["Invoiced", 4],
      }),
    }),
  },
  salesorderdetail: {
    schema_name: "SalesOrderDetail",
    label: "Order Product",
    object_type_code: 1089,
    primary_name: "salesorderdetailname",
    columns: columns({
      SalesOrderDetailName: text(100, "Name"),
      SalesOrderId: {
        ...link("salesorderid", "salesorder", "order_details", "Cascade"),
        required: "SystemRequired",
        label: "Order",
      },
      ProductId: { ...link("productid", "product", "product_order_details", "Restrict"), label: "Existing Product" },
      ProductDescription: text(500, "Write-In Product"),
      IsProductOverridden: { type: "boolean", label: "Select Product", default: false },
      LineItemNumber: { type: "integer", min: 0, max: 1_000_000_000 },
      Quantity: { type: "decimal", min: "-100000000000", max: "100000000000", precision: 5 },
      PricePerUnit: money(billions, `-${billions}`),
      ExtendedAmount: { ...money(billions, `-${billions}`), label: "Amount" },
      Tax: money(billions),
      RequestDeliveryBy: { type: "dateonly", label: "Requested Delivery Date" },
    }),
  },
};
